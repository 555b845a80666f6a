// Package transfer is about stock on its way between locations: transfers, which
// are documents with steps, and the rules of replenishment that make them.
//
// The document is the catalog's, the units are the books'. A step is written into the
// document before the books are asked and again after they have answered, so the next
// process can complete a step that was cut off (docs/adr/0018).
package transfer
