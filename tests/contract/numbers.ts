/** Numbers and comparisons of the contract tests, for tests of other things. */
export * from "../../core/testing/numbers.ts";
