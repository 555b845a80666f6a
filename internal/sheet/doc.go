// Package sheet takes tables in and gives tables out: products, levels,
// thresholds and the journal, as CSV and XLSX. It finds out how a file is
// written, reads it row by row in bounded memory, says of each bad row what is
// wrong and where, turns good rows into commands for the ledger under keys of
// their own, and keeps each import as a job that goes on after a crash.
//
// What a command means is left to stock, storing it to the ledger, and who may
// send a file and how it travels to the server and the command line.
package sheet
