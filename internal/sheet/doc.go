// Package sheet imports and exports tables: products, levels, thresholds and the
// journal, as CSV and XLSX. It detects the format of a file, reads it row by row in
// bounded memory, and reports for each bad row what is wrong and where. It turns good
// rows into commands for the ledger under keys of their own, and keeps each import as
// a job that continues after a crash.
//
// Package stock defines what a command means, and the ledger stores it. The server and
// the command line decide who may send a file, and transport it.
package sheet
