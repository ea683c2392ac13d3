#!/usr/bin/env bash
# Of several isolated tools the region "tool" means all, capsule:NAME one; threads that a constructor has
# started before are under the rules, and ranges of code lie where each tool's is.
# shellcheck source=tests/behaviour/preload.bash
source "$(dirname "$0")/preload.bash"

for name in one two; do
    tool "lib$name.so" -DFUNCTION="$([[ $name == one ]] && echo getppid || echo getpgrp)" <<'END'
#include <errno.h>
#include <sys/utsname.h>
#include <unistd.h>
pid_t FUNCTION(void) {
    struct utsname name;
    return uname(&name) == 0 ? 0 : errno;
}
END
done
# A library of the program's whose constructor starts a thread.
tool libthread.so -pthread <<'END'
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>
static sem_t begin_now, ended;
static int of_thread;
static void *work(void *unused) {
    sem_wait(&begin_now);
    of_thread = getppid();
    sem_post(&ended);
    return NULL;
}
__attribute__((constructor)) static void begin(void) {
    pthread_t thread;
    sem_init(&begin_now, 0, 0);
    sem_init(&ended, 0, 0);
    pthread_create(&thread, NULL, work, NULL);
}
int in_thread(void) {
    sem_post(&begin_now);
    sem_wait(&ended);
    return of_thread;
}
END
program program "$host/libthread.so" -Wl,-rpath,"$host" <<'END'
#include <errno.h>
#include <stdio.h>
#include <sys/utsname.h>
#include <unistd.h>
int in_thread(void);
int main(void) {
    struct utsname name;
    printf("program %d, one %d, two %d, one in a thread %d\n", uname(&name) == 0 ? 0 : errno, getppid(), getpgrp(), in_thread());
    return 0;
}
END
seccomp() { preload --isolated --seccomp policy.toml "$host/libone.so" "$host/libtwo.so" -- ./program; }
printf '[region.tool]\nerrno.EACCES = "uname"\n' >policy.toml
expect "program 0, one 13, two 13, one in a thread 13" seccomp
printf '[region."capsule:libtwo.so"]\nerrno.EPERM = "uname"\n[region.tool]\nerrno.EACCES = "uname"\n' >policy.toml
expect "program 0, one 13, two 1, one in a thread 13" seccomp
printf '[region."capsule:libone.so"]\nerrno.EPERM = "uname"\n' >policy.toml
expect "program 0, one 1, two 0, one in a thread 1" seccomp
# There is one filter for all, where the kernel counts them (Linux 5.10).
if grep -q '^Seccomp_filters:' /proc/self/status; then
    before=$(sed -n 's/^Seccomp_filters:[[:space:]]*//p' /proc/self/status)
    expect $((before + 1)) preload --isolated --seccomp policy.toml "$host/libone.so" "$host/libtwo.so" -- \
        sed -n 's/^Seccomp_filters:[[:space:]]*//p' /proc/self/status
fi
# A region that is not there is said, and the others count.
printf '[region."library:libnone.so"]\nkill = "uname"\n[region.tool]\nerrno.EACCES = "uname"\n' >policy.toml
expect "program 0, one 13, two 13, one in a thread 13" seccomp
grep -q 'nothing that is loaded belongs to the region library:libnone.so' stderr || fail "it said: $(<stderr)"
