// Package table is what engines that keep a slot in tables do alike: how their
// rows are numbered, selected, looked through and dropped. What a statement
// looks like, and how it is run, is each engine's own business.
package table
