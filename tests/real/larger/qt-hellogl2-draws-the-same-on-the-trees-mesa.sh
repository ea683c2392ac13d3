#!/bin/bash
# Qt's example of OpenGL in widgets: Qt opens GLX from a plugin, draws the widget into a texture and the window
# with it.
. "$(dirname "$0")/pictures.sh"
program=$(find /usr/lib -path '*/qt5/examples/opengl/hellogl2/hellogl2' -print -quit)
need "${program:-hellogl2}"
start_x

hidden="LLVMContextCreate deflate XML_ParserCreate"
export QT_QPA_PLATFORM=xcb
in_use=(libGL.so.1 libGLX_mesa.so.0)
draws_the_same --profile gl -- "$program"
