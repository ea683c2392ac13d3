#!/bin/bash
# Classes of the program and of a plugin that it opens late derive from classes of an exposed
# library, also where the program copies their tables into itself; dynamic_cast knows them all.
. "${0%/*}/lib.sh"

cat >base.h <<'END'
struct Base { virtual ~Base(); virtual int value(); int own = 1; };
struct Derived : Base { int value() override; };
Base *make();
int is_derived(Base *);
END
language=c++ library libclasses.so.1 -I. <<'END'
#include "base.h"
Base::~Base() {}
int Base::value() { return own; }
int Derived::value() { return 2; }
Base *make() { return new Derived; }
int is_derived(Base *base) { return dynamic_cast<Derived *>(base) != nullptr; }
END
at=$host language=c++ library libplugin.so -I. "$libs/libclasses.so.1" <<'END'
#include "base.h"
struct Plugged : Derived { int value() override { return Derived::value() + 10; } };
extern "C" Base *make_plugged() { return new Plugged; }
extern "C" int is_plugged(Base *base) { return dynamic_cast<Plugged *>(base) != nullptr; }
END
cp "$(g++ -print-file-name=libstdc++.so.6)" "$libs/"
while read -r value of_plugin of_program exposed; do
    printf '%s => %s\n' value "$value" "dynamic_cast inside" yes "dynamic_cast outside" yes \
        "is the plugin's class" "$of_plugin" "is the program's class" "$of_program" "is the exposed class" "$exposed"
done >wanted.txt <<'END'
2  no  no  yes
12 yes no  no
22 no  yes no
END
for options in -fPIC -fpie "-no-pie -fno-pic -Wl,-z,now"; do
    # shellcheck disable=SC2086 # several options
    language=c++ program main $options -I. "$libs/libclasses.so.1" -ldl <<END
#include "base.h"
#include <dlfcn.h>
#include "claims.h"
#include <typeinfo>
struct Mine : Derived { int value() override { return Derived::value() + 20; } };
int main() {
  void *plugin = dlopen("$host/libplugin.so", RTLD_NOW);
  auto make_plugged = reinterpret_cast<Base *(*)()>(dlsym(plugin, "make_plugged"));
  auto is_plugged = reinterpret_cast<int (*)(Base *)>(dlsym(plugin, "is_plugged"));
  Base *all[] = {make(), make_plugged(), new Mine};
  for (Base *each : all) {
    CLAIM("value", "%d", each->value());
    HOLDS("  dynamic_cast inside", is_derived(each));
    HOLDS("  dynamic_cast outside", dynamic_cast<Derived *>(each) != nullptr);
    HOLDS("  is the plugin's class", is_plugged(each));
    HOLDS("  is the program's class", dynamic_cast<Mine *>(each) != nullptr);
    HOLDS("  is the exposed class", typeid(*each) == typeid(Derived));
    delete each;
  }
}
END
    claims_natively_and_in libclasses.so.1 -- ./main <wanted.txt
done
