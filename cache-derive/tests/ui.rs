//! What only the compiler can say: where an error stands, and how it looks. Each message has its unit test as well.

#[test]
fn errors_stand_where_the_cause_is_written() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*.rs");
}
