//! Real servers for tests, on free ports, gone with the test.
