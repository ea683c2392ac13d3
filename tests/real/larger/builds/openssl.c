/* A digest, and a page from the server on $PORT with the certificate cert.pem. */
#include <stdio.h>
#include <stdlib.h>

void *EVP_sha256(void);
int EVP_Digest(const void *data, size_t count, unsigned char *digest, unsigned *size, const void *type, void *engine);
const char *OpenSSL_version(int what);
void *TLS_client_method(void);
void *SSL_CTX_new(const void *method);
int SSL_CTX_load_verify_locations(void *context, const char *file, const char *directory);
void SSL_CTX_set_verify(void *context, int mode, int (*callback)(int, void *));
void SSL_CTX_free(void *context);
void *BIO_new_ssl_connect(void *context);
long BIO_ctrl(void *bio, int command, long number, void *pointer);
int BIO_puts(void *bio, const char *text);
int BIO_read(void *bio, void *to, int length);
void BIO_free_all(void *bio);

static void *(*digest_method)(void) = EVP_sha256;
static int (*read_some)(void *, void *, int) = BIO_read;

void *ADDRESS(void)
{
    return (void *)read_some;
}

static int verified;

static int count_verified(int good, void *store)
{
    (void)store;
    verified += good;
    return good;
}

void WORK(void)
{
    unsigned char digest[64];
    unsigned size = 0;
    char page[4096], address[64];
    int length = 0, got;
    EVP_Digest("abc", 3, digest, &size, digest_method(), NULL);
    printf("%s: %u bytes, %02x%02x%02x%02x…\n", OpenSSL_version(0), size, digest[0], digest[1], digest[2], digest[3]);

    snprintf(address, sizeof address, "127.0.0.1:%s", getenv("PORT"));
    void *context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_load_verify_locations(context, "cert.pem", NULL);
    SSL_CTX_set_verify(context, 1 /* SSL_VERIFY_PEER */, count_verified);
    void *connection = BIO_new_ssl_connect(context);
    BIO_ctrl(connection, 100 /* BIO_C_SET_CONNECT */, 0, address);
    if (BIO_puts(connection, "GET / HTTP/1.0\r\n\r\n") > 0)
        while ((got = read_some(connection, page + length, (int)sizeof page - 1 - length)) > 0)
            length += got;
    page[length] = '\0';
    /* The last line, and that the certificate was asked about. */
    const char *last = page;
    for (int i = 0; i + 1 < length; ++i)
        if (page[i] == '\n')
            last = page + i + 1;
    printf("%s: %s", verified > 0 ? "verified" : "not verified", last);
    BIO_free_all(connection);
    SSL_CTX_free(context);
}
