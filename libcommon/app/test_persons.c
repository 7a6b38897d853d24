/* Keys of persons: sealing, the table, the end of a key, the rotation of master keys. */
#include "test.h"
#include "app/persons.h"
#include "data/json.h"
#include "data/uuid.h"
#include "net/pg.h"
#include "sql.h"

#define OLD "old:MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA="
#define NEW_ "new:MTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTE="

static void use_keys(struct ctx *cx, const char *keys)
{
    if (!cx->pg)
        skip("no PG_URL");
    CHECK_OK(persons_open(cx, cx->arena, keys, &cx->persons));
}

static struct bytes bytes_of(const char *text) { return (struct bytes){ text, strlen(text) }; }

static const char *sealed(struct ctx *cx, const char *person, const char *text)
{
    const char *out = NULL;

    CHECK_OK(person_seal(cx, person, bytes_of(text), &out));
    return out;
}

static const char *opened(struct ctx *cx, const char *person, const char *text)
{
    const char *out = NULL;

    CHECK_OK(person_open(cx, person, text, &out));
    return out;
}

TEST(a_text_is_sealed_for_one_person_and_opens_in_every_process)
{
    use_keys(cx, OLD);
    const char *person = uuid_make(cx), *other = uuid_make(cx), *text = sealed(cx, person, "ma tension est de 12 é"), *out;

    CHECK(person_is_sealed(text) && !strstr(text, "tension"));
    CHECK_TEXT(opened(cx, person, text), "ma tension est de 12 é");
    CHECK_TEXT(opened(cx, person, sealed(cx, person, "")), "");
    CHECK_TEXT(opened(cx, person, "never sealed"), "never sealed");
    CHECK_TEXT(opened(cx, person, sealed(cx, person, "pk1.mine")), "pk1.mine");
    sealed(cx, other, "x");
    CHECK_FAILS(person_open(cx, other, text, &out), PERSON_KEY_MISSING);
    CHECK_FAILS(person_open(cx, person, arena_fmt(cx->arena, "%sAAAA", text), &out), PERSON_KEY_MISSING);
    use_keys(cx, OLD);                  /* an empty table */
    CHECK_TEXT(opened(cx, person, text), "ma tension est de 12 é");
}

TEST(many_texts_of_one_person_open_in_their_places)
{
    use_keys(cx, OLD);
    const char *person = uuid_make(cx), *a = sealed(cx, person, "a"), *b = "plain", *c = NULL, *d = sealed(cx, person, "");
    const char **places[] = { &a, &b, &c, &d };

    NEED_OK(person_open_all(cx, person, (const char **const *)places, COUNT(places)));
    CHECK_TEXT(a, "a");
    CHECK_TEXT(b, "plain");
    CHECK(!c);
    CHECK_TEXT(d, "");
    a = sealed(cx, person, "a"), b = sealed(cx, uuid_make(cx), "another's");
    CHECK_FAILS(person_open_all(cx, person, (const char **const *)places, COUNT(places)), PERSON_KEY_MISSING);
    CHECK_OK(person_erase(cx, person));
    a = sealed(cx, uuid_make(cx), "x");
    CHECK_OK(person_open_all(cx, person, (const char **const *)places, 1));
    CHECK(!a);
}

TEST(without_a_master_key_nothing_is_sealed_and_what_is_sealed_stays_closed)
{
    use_keys(cx, OLD);
    const char *person = uuid_make(cx), *text = sealed(cx, person, "x"), *out;

    use_keys(cx, "");
    CHECK(!cx->persons);
    CHECK_TEXT(sealed(cx, person, "plain"), "plain");
    CHECK_FAILS(person_open(cx, person, text, &out), PERSON_KEY_MISSING);
    use_keys(cx, NEW_);
    CHECK_FAILS(person_open(cx, person, text, &out), PERSON_KEY_MISSING);
    use_keys(cx, "old:MTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTE=");
    CHECK_FAILS(person_open(cx, person, text, &out), PERSON_KEY_MISSING);
}

TEST(what_an_erased_person_left_opens_no_more)
{
    use_keys(cx, OLD);
    const char *person = uuid_make(cx), *text = sealed(cx, person, "x"), *out;

    CHECK_OK(person_erase(cx, person));
    CHECK(!opened(cx, person, text));
    CHECK_FAILS(person_seal(cx, person, bytes_of("more"), &out), PERSON_ERASED);
    CHECK_OK(person_erase(cx, person));
    use_keys(cx, OLD);
    CHECK(!opened(cx, person, text));
    CHECK_FAILS(person_seal(cx, person, bytes_of("more"), &out), PERSON_ERASED);
    const char *never = uuid_make(cx);
    CHECK_OK(person_erase(cx, never));
    CHECK_FAILS(person_seal(cx, never, bytes_of("more"), &out), PERSON_ERASED);
}

TEST(a_key_made_inside_a_transaction_that_is_undone_still_opens)
{
    use_keys(cx, OLD);
    const char *person = uuid_make(cx);

    NEED_OK(pg_begin(cx));
    const char *text = sealed(cx, person, "x");
    pg_undo(cx);
    use_keys(cx, OLD);
    CHECK_TEXT(opened(cx, person, text), "x");
}

TEST(master_keys_change_in_batches_beside_reads_and_the_old_one_may_go)
{
    use_keys(cx, OLD);
    const char *persons[5], *texts[5];
    struct persons_rotated r = { 0 };

    while (true) {                      /* of other tests */
        use_keys(cx, OLD "," NEW_);
        CHECK_OK(persons_rotate(cx, 1000, &r));
        if (!r.left)
            break;
    }
    for (size_t i = 0; i < COUNT(texts); i++)
        texts[i] = sealed(cx, persons[i] = uuid_make(cx), "x");
    CHECK_OK(person_erase(cx, persons[4]));
    use_keys(cx, NEW_ ", " OLD);
    NEED_OK(persons_rotate(cx, 2, &r));
    CHECK_INT(r.done, 2);
    int64_t left = r.left;
    CHECK(left >= 2);
    CHECK_TEXT(opened(cx, persons[0], texts[0]), "x");
    CHECK_TEXT(opened(cx, persons[3], texts[3]), "x");
    NEED_OK(persons_rotate(cx, 1000, &r));
    CHECK_INT(r.done, left);
    CHECK_INT(r.left, 0);
    NEED_OK(persons_rotate(cx, 1000, &r));
    CHECK_INT(r.done, 0);
    use_keys(cx, NEW_);
    for (size_t i = 0; i < 4; i++)
        CHECK_TEXT(opened(cx, persons[i], texts[i]), "x");
    CHECK(!opened(cx, persons[4], texts[4]));
    use_keys(cx, OLD "," NEW_);         /* for the tests after this one */
    CHECK_OK(persons_rotate(cx, 1000, &r));
}

TEST(more_persons_than_the_table_holds_are_still_served)
{
    use_keys(cx, OLD);
    const char *first = uuid_make(cx), *text = sealed(cx, first, "x");

    for (int i = 0; i < 200; i++) {
        const char *person = uuid_make(cx);
        CHECK_TEXT(opened(cx, person, sealed(cx, person, "y")), "y");
    }
    CHECK_TEXT(opened(cx, first, text), "x");
}

TEST(master_keys_that_cannot_be_meant_are_refused)
{
    static const char *const bad[] = { "x", "x:", ":MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA=", "X:MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA=",
                                       "x:MDAw", "x:***", OLD "," OLD };
    struct persons *p;

    for (size_t i = 0; i < COUNT(bad); i++)
        CHECK_FAILS(persons_open(cx, cx->arena, bad[i], &p), CONFIG_INVALID);
}

/* --- JSON --- */

TEST(members_of_an_object_come_one_after_the_other)
{
    const char *at = " {\"a\": [1,{\"b\":\"}\"}], \"c\\\"\":\"x\\\\\" ,\"d\":-1.5e3}";
    struct bytes name, value;

    CHECK(json_next(&at, &name, &value) && name.n == 1 && value.n == 13);
    CHECK(json_next(&at, &name, &value) && !strncmp(name.at, "c\\\"", 3) && !strncmp(value.at, "\"x\\\\\"", 5) && value.n == 5);
    CHECK(json_next(&at, &name, &value) && value.n == 6 && !strncmp(value.at, "-1.5e3", 6));
    CHECK(!json_next(&at, &name, &value));
    static const char *const none[] = { "", "{}", "[1]", "{\"a\"", "{\"a\":", "{\"a", "1" };
    for (size_t i = 0; i < COUNT(none); i++) {
        at = none[i];
        CHECK(!json_next(&at, &name, &value));
    }
}

TEST(what_people_say_is_sealed_in_the_json_of_jobs)
{
    use_keys(cx, OLD);
    static const char json[] = "{\"text\": \"dit \\\"é\\\"\", \"words\": [{\"word\":\"dit\"}], \"engine\": \"x\", \"cost_micro\": 12}";
    const char *person = uuid_make(cx), *closed, *open;

    NEED_OK(person_seal_json(cx, person, json, &closed));
    CHECK(!strstr(closed, "dit"));
    CHECK_OK(json_check(cx, closed, strlen(closed)));
    CHECK_TEXT(json_text(cx, closed, "engine"), "x");
    CHECK(person_is_sealed(json_text(cx, closed, "text")));
    NEED_OK(person_open_json(cx, person, closed, &open));
    CHECK_TEXT(json_text(cx, open, "text"), "dit \"é\"");
    CHECK_TEXT(json_text(cx, open, "words/0/word"), "dit");
    CHECK_TEXT(json_text(cx, open, "cost_micro"), "12");
    NEED_OK(person_open_json(cx, person, json, &open));
    CHECK_TEXT(open, json);
    NEED_OK(person_seal_json(cx, NULL, json, &open));
    CHECK_TEXT(open, json);
    CHECK_OK(person_erase(cx, person));
    NEED_OK(person_open_json(cx, person, closed, &open));
    CHECK(!json_text(cx, open, "text") && !json_text(cx, open, "words"));
    CHECK_TEXT(json_text(cx, open, "engine"), "x");
}
