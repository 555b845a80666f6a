// Package test runs the program as its users do: it builds the binary, starts
// processes, kills and pauses them under load, and counts. It knows the
// product only from outside, through the public API and the command line.
package test
