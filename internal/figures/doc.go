// Package figures sums what was booked: reserve calls, lines and units by minute and by
// hour, location and channel. The sums are a projection of the logs of all slots, kept in
// the main database with its cursors, so each entry counts once, in whatever process, and
// all of it can be made again from the logs (Restart).
//
// What each sum counts is written down at Sum. docs/guide/figures.md has it for readers,
// with the rates that are made of them.
package figures
