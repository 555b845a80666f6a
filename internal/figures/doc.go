// Package figures sums what was booked: reserve calls, lines and units by minute and by
// hour, location and channel. The sums are a projection of the logs of all slots, stored
// in the main database with its cursors. So each entry counts once, in whatever process,
// and all sums can be made again from the logs (Restart).
//
// Sum documents what each sum counts. docs/guide/figures.md describes it for readers,
// with the rates that are made of the sums.
package figures
