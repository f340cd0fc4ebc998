// Picks the icons in use out of Lucide (ISC licence) and writes them as one sprite.
import { readFileSync, writeFileSync } from "node:fs";

const NAMES = `
  activity archive arrow-down arrow-up arrow-up-right ban bell blocks box building-2 check chevron-down chevron-left
  chevron-right chevrons-up-down circle circle-check circle-dashed circle-help circle-pause circle-slash circle-x clock
  cloud cog columns-3 copy download ellipsis eye file-text filter gauge hourglass key-round keyboard layout-dashboard
  link list-checks list-filter lock log-out menu monitor moon octagon-x package panel-left plug plus power radio refresh-cw
  scroll-text search server settings shield shield-check sliders-horizontal square-x sun timer trash-2 triangle-alert
  undo-2 unplug user user-x users wallet wifi-off wrench x zap git-compare-arrows inbox lock-keyhole circle-alert
  loader-circle circle-minus circle-dot history`.trim().split(/\s+/);

const symbols = NAMES.toSorted().map((name) => {
  let file;
  try { file = readFileSync(new URL(`node_modules/lucide-static/icons/${name}.svg`, import.meta.url), "utf8"); }
  catch { throw new Error(`Lucide has no icon named ${name}`); }
  const inner = file.replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "").replace(/\s+/g, " ").trim();
  return `<symbol id="${name}" viewBox="0 0 24 24">${inner}</symbol>`;
});
// Our own mark, in the colour of the text around it.
symbols.push('<symbol id="tenantry" viewBox="0 0 32 32"><path d="M7 8.5h18M16 8.5V24M7 16.25h5M20 16.25h5" fill="none" stroke="currentColor" stroke-width="3.5" stroke-linecap="round"/><circle cx="16" cy="24" r="2.75" fill="#d99a24"/></symbol>');
const licence = "<!-- Icons from Lucide, ISC licence; see vendor/lucide.LICENSE -->";
const sprite = `<svg xmlns="http://www.w3.org/2000/svg">${licence}\n${symbols.join("\n")}\n</svg>\n`;
writeFileSync(new URL("../../src/tenantry/web/static/icons.svg", import.meta.url), sprite);
