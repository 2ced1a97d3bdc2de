/* The wall clock of a program and of all that it starts, so many seconds ahead of the machine's: any_day.py builds it.
 *
 * ANY_DAY is "<seconds ahead> <true time at which the run began>". Monotonic clocks stay as they are, so that sleeps
 * and timeouts last as long as they should. What the kernel has stamped since the run began bears the moved time; older
 * files, and times that a program has set itself, are left alone: whatever is compiled and cached stays fresh.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long ahead, began;
static char day[64] = "ANY_DAY=", preload[4096] = "LD_PRELOAD="; /* kept: a program may clear its environment */

__attribute__((constructor)) static void begin(void) {
    const char *said = getenv("ANY_DAY"), *library = getenv("LD_PRELOAD");
    if (began || !said || !library || strlen(said) > 50 || strlen(library) > 4000) return;
    strcat(day, said), strcat(preload, library);
    sscanf(said, "%ld %ld", &ahead, &began);
}

static long moved(void) { /* others' constructors may come before ours */
    begin();
    return ahead;
}

static long true_time(void) {
    struct timespec now;
    syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
    return now.tv_sec;
}

/* What the program would have called, were this not here. RTLD_NEXT alone finds the oldest of several versions. */
static void *next(const char *name, const char *version) {
    void *found = version ? dlvsym(RTLD_NEXT, name, version) : NULL;
    return found ? found : dlsym(RTLD_NEXT, name);
}
#define REAL(name, version) ({ static __typeof__(&name) f; if (!f) f = next(#name, version); f; })

/* What time is it? */

static int is_wall(clockid_t clock) {
    return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI;
}
int clock_gettime(clockid_t clock, struct timespec *now) {
    int failed = REAL(clock_gettime, NULL)(clock, now);
    if (!failed && is_wall(clock)) now->tv_sec += moved();
    return failed;
}
int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    int failed = REAL(gettimeofday, NULL)(now, zone);
    if (!failed) now->tv_sec += moved();
    return failed;
}
int timespec_get(struct timespec *now, int base) {
    int given = REAL(timespec_get, NULL)(now, base);
    if (given == TIME_UTC) now->tv_sec += moved();
    return given;
}
time_t time(time_t *also) {
    time_t now = true_time() + moved();
    if (also) *also = now;
    return now;
}

/* Wait until then. A moment is one of the wall clock's where it is past 2001: no monotonic clock has come so far. */

#define WAIT(name, version, parameters, ...)                 \
    int name parameters {                                    \
        struct timespec then = *until;                       \
        if (then.tv_sec > 1000000000) then.tv_sec -= moved(); \
        return REAL(name, version)(__VA_ARGS__);             \
    }
#define UNTIL const struct timespec *restrict until
WAIT(sem_timedwait, NULL, (sem_t *restrict s, UNTIL), s, &then)
WAIT(sem_clockwait, NULL, (sem_t *restrict s, clockid_t c, UNTIL), s, c, &then)
WAIT(pthread_mutex_timedlock, NULL, (pthread_mutex_t *restrict m, UNTIL), m, &then)
WAIT(pthread_mutex_clocklock, NULL, (pthread_mutex_t *restrict m, clockid_t c, UNTIL), m, c, &then)
WAIT(pthread_cond_timedwait, "GLIBC_2.3.2", (pthread_cond_t *restrict o, pthread_mutex_t *restrict m, UNTIL), o, m, &then)
WAIT(pthread_cond_clockwait, NULL, (pthread_cond_t *restrict o, pthread_mutex_t *restrict m, clockid_t c, UNTIL), o, m,
     c, &then)
int clock_nanosleep(clockid_t clock, int flags, const struct timespec *until, struct timespec *left) {
    struct timespec then = *until;
    if (flags & TIMER_ABSTIME && is_wall(clock)) then.tv_sec -= moved();
    return REAL(clock_nanosleep, NULL)(clock, flags, &then, left);
}

/* When was it written? Under each name that a C library has had for asking. */

static void stamp(time_t *when) {
    if (moved() && *when >= began && *when <= true_time()) *when += ahead;
}
#define STAT(name, type, parameters, ...)                                                             \
    int name parameters {                                                                             \
        int failed = REAL(name, NULL)(__VA_ARGS__);                                                   \
        if (!failed) stamp(&s->st_mtim.tv_sec), stamp(&s->st_ctim.tv_sec), stamp(&s->st_atim.tv_sec); \
        return failed;                                                                                \
    }
#define STATS(bits)                                                                                                  \
    STAT(stat##bits, stat##bits, (const char *restrict p, struct stat##bits *restrict s), p, s)                      \
    STAT(lstat##bits, stat##bits, (const char *restrict p, struct stat##bits *restrict s), p, s)                     \
    STAT(fstat##bits, stat##bits, (int f, struct stat##bits *s), f, s)                                               \
    STAT(fstatat##bits, stat##bits, (int d, const char *restrict p, struct stat##bits *restrict s, int g), d, p, s, g) \
    int __xstat##bits(int, const char *, struct stat##bits *);                                                       \
    int __lxstat##bits(int, const char *, struct stat##bits *);                                                      \
    int __fxstat##bits(int, int, struct stat##bits *);                                                               \
    int __fxstatat##bits(int, int, const char *, struct stat##bits *, int);                                          \
    STAT(__xstat##bits, stat##bits, (int v, const char *p, struct stat##bits *s), v, p, s)                           \
    STAT(__lxstat##bits, stat##bits, (int v, const char *p, struct stat##bits *s), v, p, s)                          \
    STAT(__fxstat##bits, stat##bits, (int v, int f, struct stat##bits *s), v, f, s)                                  \
    STAT(__fxstatat##bits, stat##bits, (int v, int d, const char *p, struct stat##bits *s, int g), v, d, p, s, g)
STATS()
STATS(64)

/* A program that is started with an environment of its own, as cron starts one, has this clock too. */

int execve(const char *path, char *const argv[], char *const given[]) {
    size_t count = 0;
    int has = !moved();
    for (; given && given[count]; count++) has |= !strncmp(given[count], "ANY_DAY=", 8);
    if (has) return REAL(execve, NULL)(path, argv, given);
    char *all[count + 3];
    if (count) memcpy(all, given, count * sizeof *all);
    all[count] = day, all[count + 1] = preload, all[count + 2] = NULL;
    return REAL(execve, NULL)(path, argv, all);
}
