// strerrorname_np and strerrordesc_np (glibc 2.32): the name of an error number, and what it
// means without translation. Names are those of <errno.h>; where two names have one number, the
// first is given. Descriptions are the base's own table, which is fixed at its first 134 entries.
#include <errno.h>

#include "provide.h"

FROM_BASE_IF_THERE(const char* const, _sys_errlist, [134]);

PROVIDE(const char*, strerrordesc_np, int number) {
  if (number < 0 || number >= 134 || base__sys_errlist == nullptr) return nullptr;
  return base__sys_errlist[number];
}

#define NAMED(name) \
  { name, #name }

namespace {

struct Name {
  int number;
  const char* text;
};

constexpr Name names[] = {{0, "0"},
                          NAMED(EPERM),
                          NAMED(ENOENT),
                          NAMED(ESRCH),
                          NAMED(EINTR),
                          NAMED(EIO),
                          NAMED(ENXIO),
                          NAMED(E2BIG),
                          NAMED(ENOEXEC),
                          NAMED(EBADF),
                          NAMED(ECHILD),
                          NAMED(EAGAIN),
                          NAMED(ENOMEM),
                          NAMED(EACCES),
                          NAMED(EFAULT),
                          NAMED(ENOTBLK),
                          NAMED(EBUSY),
                          NAMED(EEXIST),
                          NAMED(EXDEV),
                          NAMED(ENODEV),
                          NAMED(ENOTDIR),
                          NAMED(EISDIR),
                          NAMED(EINVAL),
                          NAMED(ENFILE),
                          NAMED(EMFILE),
                          NAMED(ENOTTY),
                          NAMED(ETXTBSY),
                          NAMED(EFBIG),
                          NAMED(ENOSPC),
                          NAMED(ESPIPE),
                          NAMED(EROFS),
                          NAMED(EMLINK),
                          NAMED(EPIPE),
                          NAMED(EDOM),
                          NAMED(ERANGE),
                          NAMED(EDEADLK),
                          NAMED(ENAMETOOLONG),
                          NAMED(ENOLCK),
                          NAMED(ENOSYS),
                          NAMED(ENOTEMPTY),
                          NAMED(ELOOP),
                          NAMED(ENOMSG),
                          NAMED(EIDRM),
                          NAMED(ECHRNG),
                          NAMED(EL2NSYNC),
                          NAMED(EL3HLT),
                          NAMED(EL3RST),
                          NAMED(ELNRNG),
                          NAMED(EUNATCH),
                          NAMED(ENOCSI),
                          NAMED(EL2HLT),
                          NAMED(EBADE),
                          NAMED(EBADR),
                          NAMED(EXFULL),
                          NAMED(ENOANO),
                          NAMED(EBADRQC),
                          NAMED(EBADSLT),
                          NAMED(EBFONT),
                          NAMED(ENOSTR),
                          NAMED(ENODATA),
                          NAMED(ETIME),
                          NAMED(ENOSR),
                          NAMED(ENONET),
                          NAMED(ENOPKG),
                          NAMED(EREMOTE),
                          NAMED(ENOLINK),
                          NAMED(EADV),
                          NAMED(ESRMNT),
                          NAMED(ECOMM),
                          NAMED(EPROTO),
                          NAMED(EMULTIHOP),
                          NAMED(EDOTDOT),
                          NAMED(EBADMSG),
                          NAMED(EOVERFLOW),
                          NAMED(ENOTUNIQ),
                          NAMED(EBADFD),
                          NAMED(EREMCHG),
                          NAMED(ELIBACC),
                          NAMED(ELIBBAD),
                          NAMED(ELIBSCN),
                          NAMED(ELIBMAX),
                          NAMED(ELIBEXEC),
                          NAMED(EILSEQ),
                          NAMED(ERESTART),
                          NAMED(ESTRPIPE),
                          NAMED(EUSERS),
                          NAMED(ENOTSOCK),
                          NAMED(EDESTADDRREQ),
                          NAMED(EMSGSIZE),
                          NAMED(EPROTOTYPE),
                          NAMED(ENOPROTOOPT),
                          NAMED(EPROTONOSUPPORT),
                          NAMED(ESOCKTNOSUPPORT),
                          NAMED(EOPNOTSUPP),
                          NAMED(EPFNOSUPPORT),
                          NAMED(EAFNOSUPPORT),
                          NAMED(EADDRINUSE),
                          NAMED(EADDRNOTAVAIL),
                          NAMED(ENETDOWN),
                          NAMED(ENETUNREACH),
                          NAMED(ENETRESET),
                          NAMED(ECONNABORTED),
                          NAMED(ECONNRESET),
                          NAMED(ENOBUFS),
                          NAMED(EISCONN),
                          NAMED(ENOTCONN),
                          NAMED(ESHUTDOWN),
                          NAMED(ETOOMANYREFS),
                          NAMED(ETIMEDOUT),
                          NAMED(ECONNREFUSED),
                          NAMED(EHOSTDOWN),
                          NAMED(EHOSTUNREACH),
                          NAMED(EALREADY),
                          NAMED(EINPROGRESS),
                          NAMED(ESTALE),
                          NAMED(EUCLEAN),
                          NAMED(ENOTNAM),
                          NAMED(ENAVAIL),
                          NAMED(EISNAM),
                          NAMED(EREMOTEIO),
                          NAMED(EDQUOT),
                          NAMED(ENOMEDIUM),
                          NAMED(EMEDIUMTYPE),
                          NAMED(ECANCELED),
                          NAMED(ENOKEY),
                          NAMED(EKEYEXPIRED),
                          NAMED(EKEYREVOKED),
                          NAMED(EKEYREJECTED),
                          NAMED(EOWNERDEAD),
                          NAMED(ENOTRECOVERABLE),
                          NAMED(ERFKILL),
                          NAMED(EHWPOISON)};

}  // namespace

PROVIDE(const char*, strerrorname_np, int number) {
  for (const Name& entry : names)
    if (entry.number == number) return entry.text;
  return nullptr;
}
