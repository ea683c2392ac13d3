#!/bin/bash
# GTK's demonstration of its GL area: a triangle, drawn by GTK through libepoxy, which opens every library of GL by
# dlopen, and put into the window by GDK.
. "$(dirname "$0")/pictures.sh"
need gtk3-demo
start_x

hidden="LLVMContextCreate deflate XML_ParserCreate"
export NO_AT_BRIDGE=1 GDK_BACKEND=x11 GSETTINGS_BACKEND=memory
in_use=(libGL.so.1 libGLX_mesa.so.0)
draws_the_same --profile gl -- gtk3-demo --run=glarea
