/* A database in memory, with a function of ours that SQLite calls back. */
#include <stdio.h>

struct sqlite3;
struct sqlite3_context;
struct sqlite3_value;
typedef void callback(struct sqlite3_context *, int, struct sqlite3_value **);
typedef int for_row(void *, int, char **, char **);

int sqlite3_open(const char *name, struct sqlite3 **database);
int sqlite3_exec(struct sqlite3 *database, const char *sql, for_row *each, void *data, char **error);
int sqlite3_create_function(struct sqlite3 *database, const char *name, int arguments, int encoding, void *data,
                            callback *call, callback *step, void (*last)(struct sqlite3_context *));
int sqlite3_value_int(struct sqlite3_value *value);
void sqlite3_result_int(struct sqlite3_context *context, int value);
int sqlite3_close(struct sqlite3 *database);
const char *sqlite3_libversion(void);

static const char *(*version)(void) = sqlite3_libversion;

void *ADDRESS(void)
{
    return (void *)version;
}

static void twice(struct sqlite3_context *context, int count, struct sqlite3_value **values)
{
    sqlite3_result_int(context, count * 2 * sqlite3_value_int(values[0]));
}

static int print_row(void *data, int columns, char **values, char **names)
{
    (void)names;
    printf("%s %s: %d column, %s\n", (const char *)data, version(), columns, values[0]);
    return 0;
}

void WORK(void)
{
    struct sqlite3 *database;
    char *error = "none", name[] = "sqlite";
    if (sqlite3_open(":memory:", &database) != 0 ||
        sqlite3_create_function(database, "twice", 1, 1 /* UTF-8 */, NULL, twice, NULL, NULL) != 0 ||
        sqlite3_exec(database, "create table t(n); insert into t values (20), (22); select sum(twice(n)) from t",
                     print_row, name, &error) != 0)
        printf("failed: %s\n", error);
    sqlite3_close(database);
}
