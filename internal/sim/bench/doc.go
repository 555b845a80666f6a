// Package bench measures Holdfast against the usual way to write the same
// thing. Both sides run in one process, on one machine, and on one file system
// or one database server with one set of settings. Every side durably reserves
// one unit per operation and never oversells. Every run ends with a check: units
// taken, acknowledged calls and stored rows must agree. A run that fails its
// check has no figures.
//
// It has the short form, on SQLite. The long runs, and comparisons on database
// servers, are in proof/, which measures with the same Slot.
package bench
