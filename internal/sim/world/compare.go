package world

import (
	"fmt"
	"strings"
)

// keptApart reports whether the answer is kept outside the books. A repeated answer
// then does not name its position in them.
func (c *command) keptApart() bool {
	return c.verb == "retire" || c.verb == "reinstate" || c.verb == "recall"
}

// compare wants every answer to a keyed command to be the same.
func (w *world) compare(q *question, a *answer) {
	if q.key == "" || a.status != 200 && a.status != 409 && a.status != 422 || a.code == "IN_PROGRESS" {
		return
	}
	if q.sundry != nil && (q.sundry.ruling != nil || q.sundry.promotes) {
		return // others may have decided meanwhile
	}
	if q.sundry != nil && w.isSeveral() && q.isWhole() {
		return // which lines it was about is not looked at
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	text := fmt.Sprint(a.status, " ", a.position, " ", strings.Replace(a.raw, `,"replayed":true`, "", 1))
	if q.sharing() && a.code == "" { // what it shows is as it is now
		text = fmt.Sprint(a.status, " ", a.position, " ", a.body.Moves)
	}
	if q.verb == "promises" || q.sundry != nil && q.sharing() {
		text = fmt.Sprint(a.status, " ", a.position)
	}
	if q.sundry != nil && q.sundry.waybill != nil { // the books were asked by whoever came first
		text = fmt.Sprint(a.status, " ", strings.Replace(a.raw, `,"replayed":true`, "", 1))
	}
	if q.sundry != nil && q.sundry.pack != nil { // which lines a kit has is shown as it is now
		text = fmt.Sprint(a.status)
	}
	if q.keptApart() {
		text = strings.Replace(text, " "+a.position+" ", " ", 1)
	}
	if w.moving() && q.isWhole() && a.code != "" {
		// Lines that have since come into one slot are refused together once more.
		text = strings.Replace(text, " "+a.position+" ", " ", 1)
	}
	if w.isSeveral() && q.isWhole() && q.parcel.under > 1 {
		// Lines may have joined the order between the looks of two attempts that run at
		// the same time. Each answers with what it has found.
		q.loose = true
	}
	if isEverywhere(&q.command) && q.parcel.sent > 1 {
		q.loose = true // of two at the same time, one may find that the command is no longer possible
	}
	switch {
	case q.said == "":
		q.said = text
	case q.said == text || q.loose:
	case w.isSeveral() && q.isWhole():
		q.also = text // which lines it was about is known in the end
	default:
		w.violate("%s (%s) was answered in two ways:\n%s\n%s", q.id, &q.command, q.said, text)
	}
}
