// Package table has the code that engines with tables share: how their rows are
// numbered, selected, scanned and dropped. Each engine decides how a statement
// looks and how it is run.
package table
