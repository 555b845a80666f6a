// Package load lets callers work for a while and takes their figures: which
// items they want (Workload), a closed loop of them (Drive), and what a run
// (Sample) and its rounds (Side, Ratio) come to. What a caller does in its turn
// is up to whoever measures: it knows no books and no database.
package load
