#!/bin/bash
# GTK's demonstration with the GTK of another release, and its loaders for pictures: that for SVG, which GdkPixbuf knows of by a cache
# in the tree.
. "$(dirname "$0")/pictures.sh"
. "$(dirname "$0")/profiles.sh"
need gtk3-demo gdk-pixbuf-pixdata
tree_of_profile "$1" gtk

# What a package's trigger would write: which loaders there are. A copy of the tree gets it, by links.
copy=$scratch/copy
cp -al "$tree" "$copy" 2>/dev/null || cp -a "$tree" "$copy"
cp "$tree.packages" "$copy.packages"
tree=$copy
loaders=$(dirname "$(find "$tree/usr/lib" -path '*/gdk-pixbuf-2.0/2.10.0/loaders' -print -quit)")
svg=$(basename "$(find "$loaders/loaders" -name 'libpixbufloader*svg.so' -print -quit)")
native=${loaders#"$tree"}/loaders.cache
[[ -e $native ]] || skip "this system has no $native"
sed "s/libpixbufloader.svg\.so/$svg/" "$native" >"$loaders/loaders.cache"

cd "$scratch"
echo '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8" fill="#123456"/></svg>' >square.svg
gdk-pixbuf-pixdata square.svg native.data || skip "this system's GdkPixbuf has no loader for SVG"
BULKHEAD_DEBUG=open on_tree --profile gtk -- gdk-pixbuf-pixdata square.svg tree.data 2>opened.txt || fail "gdk-pixbuf-pixdata ended with $?: $(<opened.txt)"
grep -q "manifest lists $tree/.*/$svg" opened.txt || fail "the tree's $svg was not opened"
cmp native.data tree.data || fail "the picture is another one"
check_segregated gdk-pixbuf-pixdata libgdk_pixbuf-2.0.so.0

start_x
export NO_AT_BRIDGE=1 GDK_BACKEND=x11 GSETTINGS_BACKEND=memory
hidden="ffi_call" in_use=(libgtk-3.so.0 libgdk-3.so.0 libcairo.so.2 libpango-1.0.so.0)
draws_the_same --profile gtk -- gtk3-demo --run=drawingarea
