package world

import (
	"fmt"
	"strings"
)

// compare wants every answer to a keyed command to be the same.
func (w *world) compare(q *question, a *answer) {
	if q.key == "" || a.status != 200 && a.status != 409 && a.status != 422 || a.code == "IN_PROGRESS" {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	text := fmt.Sprint(a.status, " ", a.position, " ", strings.Replace(a.raw, `,"replayed":true`, "", 1))
	if q.said == "" {
		q.said = text
	} else if q.said != text {
		w.violate("%s (%s) was answered in two ways:\n%s\n%s", q.id, &q.command, q.said, text)
	}
}
