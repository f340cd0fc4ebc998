"""Attachment types: those Microsoft blocks, those it blocked years ago, and those a careful administrator blocks."""

from typing import Final

_SHIPPED: Final = (
    "ani apk app appx arj bat cab cmd com deb dex dll docm elf exe hta img iso jar jnlp kext lha lib library lnk "
    "lzh macho msc msi msix msp mst pif ppa ppam reg rev scf scr sct sys uif vb vbe vbs vxd wsc wsf wsh xll xz z "
    "ace"
)
_ADDED: Final = (
    "7z a3x ade adp appinstaller applescript application appref-ms appxbundle asd asx bas bgi bz2 chm cpl crt cs "
    "csh daa dbf dcr desktopthemepackfile diagcab dif dir dmg dotm fxp gadget gz hlp htc hwpx ics inf ins iqy isp "
    "js jse ksh library-ms mam mda mdb mde mdt mdw mdz mht mhtml mof msrcincident ocx odt ops oxps pcd plg potm "
    "ppkg ppsm pptm prf prg ps1 ps11 ps11xml ps1xml ps2 ps2xml psc1 psc2 pub py pyc pyo pyw pyz pyzw rar rtf scpt "
    "searchConnector-ms service settingcontent-ms sh shb shs shtm shtml sldm slk so spl stm svg swf tar theme "
    "themepack timer url uue vhd vhdx wbk website wim wiz ws xla xlam xlc xlm xlsb xlsm xltm xlw xnk xps xsl"
)
COMMON: Final = tuple(_SHIPPED.split())
"""The common attachments filter as it is shipped (learn.microsoft.com, anti-malware protection)."""
OLD: Final = ("ace", "ani", "app", "docm", "exe", "jar", "reg", "scr", "vbe", "vbs")
"""As it was shipped before, and as policies of that time still have it."""
COMPREHENSIVE: Final = (*COMMON, *_ADDED.split())
