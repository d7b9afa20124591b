/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target over files, and over the files of directories, so that the corpus is a test
 * with any compiler. `-r SECONDS` then goes on with random changes of those files: a small stand-in
 * where there is no libFuzzer. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <dirent.h>
#include <sys/stat.h>

#define FILE_MAX (16 * 1024 * 1024) /* bytes: no parser here is asked for more */
#define FILES_MAX 4096              /* inputs kept in memory for the random changes */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
    uint8_t *data;
    size_t size;
} inputs[FILES_MAX];
static size_t input_count;

static int run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return 1;
    }
    uint8_t *data = malloc(FILE_MAX);
    if (data == NULL) {
        abort();
    }
    size_t size = fread(data, 1, FILE_MAX, file);
    fclose(file);
    /* Exactly as large as its content, so that the sanitizer sees a read behind the end. */
    uint8_t *exact = malloc(size > 0 ? size : 1);
    if (exact == NULL) {
        abort();
    }
    memcpy(exact, data, size);
    free(data);
    LLVMFuzzerTestOneInput(exact, size);
    if (input_count < FILES_MAX) {
        inputs[input_count].data = exact;
        inputs[input_count].size = size;
        input_count++;
    }
    else {
        free(exact);
    }
    return 0;
}

static int run_path(const char *path, unsigned *files)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        perror(path);
        return 1;
    }
    if (!S_ISDIR(info.st_mode)) {
        (*files)++;
        return run_file(path);
    }
    DIR *dir = opendir(path);
    if (dir == NULL) {
        perror(path);
        return 1;
    }
    int failed = 0;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        char name[4096];
        int len = snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] == '.' || len < 0 || (size_t)len >= sizeof name) {
            continue;
        }
        (*files)++;
        failed |= run_file(name);
    }
    closedir(dir);
    return failed;
}

/* xorshift64*: the same sequence for the same seed everywhere. */
static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return *seed * UINT64_C(2685821657736338717);
}

/* One changed copy: bytes replaced, a piece dropped, a piece of another input put in. */
static void run_changed(uint64_t *seed)
{
    size_t which = next_random(seed) % input_count;
    size_t other = next_random(seed) % input_count;
    size_t size = inputs[which].size;
    size_t room = size + inputs[other].size;
    uint8_t *data = malloc(room > 0 ? room : 1);
    if (data == NULL) {
        abort();
    }
    memcpy(data, inputs[which].data, size);
    size_t at = size > 0 ? next_random(seed) % size : 0;
    if (next_random(seed) % 3 == 0 && inputs[other].size > 0) {
        size_t from = next_random(seed) % inputs[other].size;
        size_t len = inputs[other].size - from;
        memmove(data + at + len, data + at, size - at);
        memcpy(data + at, inputs[other].data + from, len);
        size += len;
    }
    else if (next_random(seed) % 3 == 0 && size > 0) {
        size_t len = 1 + next_random(seed) % (size - at);
        memmove(data + at, data + at + len, size - at - len);
        size -= len;
    }
    for (uint64_t changes = next_random(seed) % 4; changes > 0 && size > 0; changes--) {
        static const char odd[] = "\";,='\\ \t()*:?@%-\xff\x80";
        uint64_t pick = next_random(seed);
        data[next_random(seed) % size] =
            pick % 2 == 0 ? (uint8_t)(pick >> 8) : (uint8_t)odd[(pick >> 8) % sizeof odd];
    }
    uint8_t *exact = realloc(data, size > 0 ? size : 1);
    if (exact == NULL) {
        abort();
    }
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

int main(int argc, char **argv)
{
    unsigned files = 0;
    unsigned long changed = 0;
    int failed = 0;
    long seconds = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-r") == 0 && i + 1 < argc) {
            seconds = strtol(argv[++i], NULL, 10);
            continue;
        }
        failed |= run_path(argv[i], &files);
    }
    uint64_t seed = UINT64_C(88172645463325252);
    for (time_t end = time(NULL) + seconds; seconds > 0 && input_count > 0 && time(NULL) < end;
         changed++) {
        run_changed(&seed);
    }
    printf("%s: %u files, %lu changed inputs\n", argv[0], files, changed);
    while (input_count > 0) {
        free(inputs[--input_count].data);
    }
    return failed || files == 0;
}
