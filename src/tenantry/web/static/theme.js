// Runs before the first paint, so that what somebody chose never flashes.
try {
  for (const choice of ["theme", "rail"]) {
    const value = localStorage.getItem(choice);
    if (value) document.documentElement.dataset[choice] = value;
  }
} catch { /* storage may be forbidden; the system's preference stays in force */ }
