#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "engine/trust/visitor.h"
#include "engine/trust/visitor_key.h"

#define ID "0123456789abcdef0123456789abcdef"

static void an_id_is_32_lower_case_hex_digits(void **state)
{
    (void)state;
    assert_true(dyn_visitor_id_valid(DYN_STR(ID)));
    assert_false(dyn_visitor_id_valid(DYN_STR("0123456789abcdef0123456789abcde")));
    assert_false(dyn_visitor_id_valid(DYN_STR(ID "0")));
    assert_false(dyn_visitor_id_valid(DYN_STR("0123456789ABCDEF0123456789abcdef")));
    assert_false(dyn_visitor_id_valid(DYN_STR("0123456789abcdeg0123456789abcdef")));
    assert_false(dyn_visitor_id_valid(DYN_STR("00000000000000000000000000000000")));
    assert_false(dyn_visitor_id_valid(DYN_STR_NONE));
}

static void a_cookie_is_an_id_and_its_signature(void **state)
{
    (void)state;
    assert_true(dyn_visitor_value_valid(DYN_STR(ID ".0123456789abcdef")));
    assert_false(dyn_visitor_value_valid(DYN_STR(ID)));
    assert_false(dyn_visitor_value_valid(DYN_STR(ID ".0123456789abcde")));
    assert_false(dyn_visitor_value_valid(DYN_STR(ID ".0123456789abcdef0")));
    assert_false(dyn_visitor_value_valid(DYN_STR(ID ".0123456789ABCDEF")));
    assert_false(dyn_visitor_value_valid(DYN_STR(ID "-0123456789abcdef")));
    assert_false(
        dyn_visitor_value_valid(DYN_STR("00000000000000000000000000000000.0123456789abcdef")));
    assert_false(dyn_visitor_value_valid(DYN_STR_NONE));
}

static void prepare(dyn_visitor_key_t *key, uint8_t first)
{
    uint8_t bytes[DYN_VISITOR_KEY_BYTES];

    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(first + i);
    }
    assert_true(dyn_visitor_key_prepare(bytes, key));
}

/* The digits behind H of `printf ID | openssl dgst -sha256 -mac HMAC -macopt hexkey:KEY`. */
static void a_signature_is_what_follows_the_hash_in_one_hmac(void **state)
{
    dyn_visitor_key_t key;
    char value[DYN_VISITOR_VALUE_BYTES + 1];
    char hash[DYN_VISITOR_HASH_BYTES + 1];

    (void)state;
    prepare(&key, 0);
    assert_true(dyn_visitor_sign(&key, DYN_STR(ID), value, hash));
    assert_string_equal(hash, "66fc66f2575a06af5f464345a49885be");
    assert_string_equal(value, ID ".ccb7cf1f922c7d12");
}

static void only_what_this_key_signed_is_taken(void **state)
{
    dyn_visitor_key_t key;
    dyn_visitor_key_t other;
    char value[DYN_VISITOR_VALUE_BYTES + 1];
    char hash[DYN_VISITOR_HASH_BYTES + 1];

    (void)state;
    prepare(&key, 0);
    prepare(&other, 1);
    assert_true(dyn_visitor_sign(&key, DYN_STR(ID), value, hash));
    assert_true(dyn_visitor_check(&key, dyn_str_from(value), hash));
    assert_string_equal(hash, "66fc66f2575a06af5f464345a49885be");
    assert_false(dyn_visitor_check(&other, dyn_str_from(value), hash));
    assert_false(dyn_visitor_check(&key, DYN_STR(ID), hash));

    for (size_t i = 0; i < DYN_VISITOR_VALUE_BYTES; i++) { /* no digit can be another */
        value[i] ^= 1;
        assert_false(dyn_visitor_check(&key, dyn_str_from(value), hash));
        value[i] ^= 1;
    }
}

static void the_first_sound_cookie_counts_whatever_stands_before_it(void **state)
{
    dyn_visitor_key_t key;
    char sound[DYN_VISITOR_VALUE_BYTES + 1];
    char hash[DYN_VISITOR_HASH_BYTES + 1];
    char header[2048];

    (void)state;
    prepare(&key, 0);
    assert_true(dyn_visitor_sign(&key, DYN_STR(ID), sound, hash));

    for (unsigned false_ones = 0; false_ones <= DYN_VISITOR_COOKIES_MAX + 1; false_ones++) {
        unsigned tries = DYN_VISITOR_COOKIES_MAX;
        int length = snprintf(header, sizeof(header), "v=; v=x; v=" ID "; w=1");

        for (unsigned i = 0; i < false_ones; i++) {
            length +=
                snprintf(header + length, sizeof(header) - (size_t)length, "; v=" ID ".%016x", i);
        }
        (void)snprintf(header + length, sizeof(header) - (size_t)length, "; v=%s; v=y", sound);

        dyn_str_t found = dyn_visitor_find(&key, dyn_str_from(header), DYN_STR("v"), &tries, hash);

        assert_int_equal(found.len != 0, false_ones < DYN_VISITOR_COOKIES_MAX);
        if (found.len != 0) {
            assert_true(dyn_str_equal(found, dyn_str_from(sound)));
            assert_string_equal(hash, "66fc66f2575a06af5f464345a49885be");
            assert_int_equal(tries, DYN_VISITOR_COOKIES_MAX - false_ones - 1);
        }
    }
}

/* Expected values from `printf VALUE | openssl dgst -sha256 -mac HMAC -macopt hexkey:KEY`. */
static void the_hash_is_the_first_half_of_hmac_sha256(void **state)
{
    uint8_t bytes[DYN_VISITOR_KEY_BYTES];
    dyn_visitor_key_t key;
    char hash[DYN_VISITOR_HASH_BYTES + 1];
    char longest[DYN_VISITOR_FOREIGN_BYTES_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)i;
    }
    memset(longest, 'x', sizeof(longest));
    assert_true(dyn_visitor_key_prepare(bytes, &key));
    for (int i = 0; i < 2; i++) { /* a key is used again and again */
        assert_true(dyn_visitor_hash(&key, DYN_STR("0123456789abcdef0123456789abcdef"), hash));
        assert_string_equal(hash, "66fc66f2575a06af5f464345a49885be");
        assert_true(dyn_visitor_hash(&key, DYN_STR_NONE, hash));
        assert_string_equal(hash, "d38b42096d80f45f826b44a9d5607de7");
        assert_true(dyn_visitor_hash(&key, (dyn_str_t){longest, sizeof(longest)}, hash));
        assert_string_equal(hash, "0d4f64bd44d6397859447daf57017241");
    }
    bytes[0] = 1;
    assert_true(dyn_visitor_key_prepare(bytes, &key));
    assert_true(dyn_visitor_hash(&key, DYN_STR_NONE, hash));
    assert_string_not_equal(hash, "d38b42096d80f45f826b44a9d5607de7");
}

static void expect_cookie(const char *header, const char *name, const char *expected)
{
    dyn_str_t rest = dyn_str_from(header);
    dyn_str_t value = dyn_cookie_next(&rest, dyn_str_from(name));

    if (expected == NULL) {
        assert_int_equal(value.len, 0);
    } else {
        assert_true(dyn_str_equal(value, dyn_str_from(expected)));
    }
}

static void a_cookie_is_found_by_its_whole_name(void **state)
{
    (void)state;
    expect_cookie("dyn_vid=abc", "dyn_vid", "abc");
    expect_cookie("a=1; dyn_vid=abc; b=2", "dyn_vid", "abc");
    expect_cookie("a=1;dyn_vid=abc", "dyn_vid", "abc");
    expect_cookie("a=1; \t dyn_vid=abc \t;b", "dyn_vid", "abc");
    expect_cookie("xdyn_vid=no; dyn_vid2=no; dyn_vid=yes", "dyn_vid", "yes");
    expect_cookie("DYN_VID=no", "dyn_vid", NULL);
    expect_cookie("dyn_vid=first; dyn_vid=second", "dyn_vid", "first");
    expect_cookie("dyn_vid=a=b", "dyn_vid", "a=b");
    expect_cookie("dyn_vid=", "dyn_vid", NULL);
    expect_cookie("dyn_vid", "dyn_vid", NULL);
    expect_cookie("a=dyn_vid=abc", "dyn_vid", NULL);
    expect_cookie(";;;", "dyn_vid", NULL);
    expect_cookie("", "dyn_vid", NULL);
    expect_cookie("=abc", "", NULL);
}

static void cookies_of_one_name_come_one_after_the_other(void **state)
{
    dyn_str_t rest = DYN_STR("v=1; v; w=0; v=; v=2;v=3;");

    (void)state;
    assert_true(dyn_str_equal(dyn_cookie_next(&rest, DYN_STR("v")), DYN_STR("1")));
    assert_true(dyn_str_equal(dyn_cookie_next(&rest, DYN_STR("v")), DYN_STR("2")));
    assert_true(dyn_str_equal(dyn_cookie_next(&rest, DYN_STR("v")), DYN_STR("3")));
    assert_int_equal(dyn_cookie_next(&rest, DYN_STR("v")).len, 0);
    assert_int_equal(dyn_cookie_next(&rest, DYN_STR("v")).len, 0);
}

/* ---- key files ---- */
static char folder[] = "/tmp/dynstore-key-XXXXXX";
static char path[64];

static int make_folder(void **state)
{
    (void)state;
    memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    (void)snprintf(path, sizeof(path), "%s/visitor.key", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(folder); /* fails when something was left beside the key */
}

static void write_file(const char *text, mode_t mode)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

#define DIGITS "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static void expect_refused(const char *text, mode_t mode, const char *sentence)
{
    uint8_t key[DYN_VISITOR_KEY_BYTES];
    dyn_error_t error;

    write_file(text, mode);
    assert_false(dyn_visitor_key_load(path, true, key, &error));
    assert_non_null(strstr(error.text, path));
    if (strstr(error.text, sentence) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", error.text, sentence);
    }
}

static void a_key_file_is_read_with_white_space_around(void **state)
{
    uint8_t key[DYN_VISITOR_KEY_BYTES];
    dyn_error_t error;

    (void)state;
    write_file(" \n" DIGITS "\r\n\n", 0600);
    assert_true(dyn_visitor_key_load(path, false, key, &error));
    for (size_t i = 0; i < sizeof(key); i++) {
        assert_int_equal(key[i], i);
    }
    write_file(DIGITS, 0640);
    assert_true(dyn_visitor_key_load(path, false, key, &error));
}

static void a_bad_key_file_is_refused_with_what_would_be_right(void **state)
{
    (void)state;
    expect_refused("", 0600, "0 bytes where a key has 64");
    expect_refused("00", 0600, "64 hex digits");
    expect_refused(DIGITS "0", 0600, "65 bytes");
    expect_refused("x" DIGITS, 0600, "65 bytes");
    expect_refused("0x"
                   "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
                   0600, "byte 2 of the key is no hex digit");
    expect_refused(DIGITS, 0644, "chmod 600");
    expect_refused(DIGITS, 0602, "chmod 600");
    expect_refused(DIGITS DIGITS DIGITS DIGITS DIGITS, 0600, "256 bytes or more");
}

static void a_missing_key_is_an_error_unless_it_may_be_made(void **state)
{
    uint8_t key[DYN_VISITOR_KEY_BYTES];
    uint8_t again[DYN_VISITOR_KEY_BYTES];
    dyn_error_t error;
    struct stat status;

    (void)state;
    assert_false(dyn_visitor_key_load(path, false, key, &error));
    assert_non_null(strstr(error.text, "cannot be opened"));

    assert_true(dyn_visitor_key_load(path, true, key, &error));
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_true(dyn_visitor_key_load(path, true, again, &error));
    assert_memory_equal(key, again, sizeof(key));

    assert_int_equal(unlink(path), 0);
    assert_true(dyn_visitor_key_load(path, true, again, &error));
    assert_memory_not_equal(key, again, sizeof(key));
}

static void of_many_who_make_a_key_at_once_all_have_the_same(void **state)
{
    enum { processes = 16 };
    uint8_t key[DYN_VISITOR_KEY_BYTES];
    uint8_t first[DYN_VISITOR_KEY_BYTES];
    dyn_error_t error;
    int start[2], result[2];
    char word;

    (void)state;
    assert_int_equal(pipe(start), 0);
    assert_int_equal(pipe(result), 0);

    for (int i = 0; i < processes; i++) {
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0) {
            close(start[1]);
            if (read(start[0], &word, 1) != 0 || !dyn_visitor_key_load(path, true, key, &error) ||
                write(result[1], key, sizeof(key)) != (ssize_t)sizeof(key)) {
                _exit(1);
            }
            _exit(0);
        }
    }
    close(start[0]);
    close(start[1]); /* all begin now */
    close(result[1]);

    assert_int_equal(read(result[0], first, sizeof(first)), sizeof(first));
    for (int i = 1; i < processes; i++) {
        assert_int_equal(read(result[0], key, sizeof(key)), sizeof(key));
        assert_memory_equal(first, key, sizeof(key));
    }
    close(result[0]);

    for (int i = 0; i < processes; i++) {
        int status;

        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    assert_true(dyn_visitor_key_load(path, false, key, &error));
    assert_memory_equal(first, key, sizeof(key));
}

static void what_becomes_of_a_missing_key_can_be_foreseen_without_making_it(void **state)
{
    dyn_error_t error;

    (void)state;
    assert_int_equal(dyn_visitor_key_foresee(path, &error), DYN_VISITOR_KEY_FILE_TO_BE_MADE);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(dyn_visitor_key_foresee("/nonexistent/folder/visitor.key", &error),
                     DYN_VISITOR_KEY_FILE_IMPOSSIBLE);
    assert_non_null(strstr(error.text, "/nonexistent/folder/visitor.key: cannot be created: "));

    write_file(DIGITS, 0600);
    assert_int_equal(dyn_visitor_key_foresee(path, &error), DYN_VISITOR_KEY_FILE_THERE);
    assert_int_equal(dyn_visitor_key_foresee(folder, &error), DYN_VISITOR_KEY_FILE_THERE);
}

static void a_key_that_cannot_be_made_is_an_error(void **state)
{
    uint8_t key[DYN_VISITOR_KEY_BYTES];
    dyn_error_t error;

    (void)state;
    assert_false(dyn_visitor_key_load("/nonexistent/folder/visitor.key", true, key, &error));
    assert_non_null(strstr(error.text, "cannot be created"));
    assert_false(dyn_visitor_key_load(folder, true, key, &error));
    assert_non_null(strstr(error.text, "no regular file"));
}

/* `{ printf '\0dynstore keep search\0'; printf %s tent; } | openssl dgst -sha256 -mac HMAC -macopt hexkey:KEY` */
static void a_text_of_another_kind_has_a_hash_of_its_own(void **state)
{
    dyn_visitor_key_t key;
    char hash[DYN_VISITOR_HASH_BYTES + 1], other[DYN_VISITOR_HASH_BYTES + 1];

    (void)state;
    prepare(&key, 0);
    assert_true(dyn_visitor_hash_as(&key, "dynstore keep search", DYN_STR("tent"), hash));
    assert_string_equal(hash, "4b9d5cdf3e8ab22617495fb7b21cf97b");
    assert_true(dyn_visitor_hash_as(&key, "dynstore cart", DYN_STR("tent"), other));
    assert_string_not_equal(hash, other);
    assert_true(dyn_visitor_hash(&key, DYN_STR("tent"), other));
    assert_string_not_equal(hash, other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_is_32_lower_case_hex_digits),
        cmocka_unit_test(a_cookie_is_an_id_and_its_signature),
        cmocka_unit_test(a_signature_is_what_follows_the_hash_in_one_hmac),
        cmocka_unit_test(only_what_this_key_signed_is_taken),
        cmocka_unit_test(the_first_sound_cookie_counts_whatever_stands_before_it),
        cmocka_unit_test(cookies_of_one_name_come_one_after_the_other),
        cmocka_unit_test(the_hash_is_the_first_half_of_hmac_sha256),
        cmocka_unit_test(a_cookie_is_found_by_its_whole_name),
        cmocka_unit_test_setup_teardown(a_key_file_is_read_with_white_space_around, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(a_bad_key_file_is_refused_with_what_would_be_right,
                                        make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_missing_key_is_an_error_unless_it_may_be_made,
                                        make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(of_many_who_make_a_key_at_once_all_have_the_same,
                                        make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(
            what_becomes_of_a_missing_key_can_be_foreseen_without_making_it, make_folder,
            remove_folder),
        cmocka_unit_test_setup_teardown(a_key_that_cannot_be_made_is_an_error, make_folder,
                                        remove_folder),
        cmocka_unit_test(a_text_of_another_kind_has_a_hash_of_its_own),
    };

    return cmocka_run_group_tests_name("visitor", tests, NULL, NULL);
}
