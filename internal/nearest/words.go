package nearest

import (
	"strings"
	"sync"

	"holdfast.dev/holdfast"
)

// Word is a row of docs/words.tsv: what another system calls something, and our word for
// it, which is a field, a verb, a header, a path or a word of the glossary.
type Word struct {
	Theirs, Ours string
	Lang         string // of Theirs: en or zh
	Where        string // the system, or the kind of system, that has the word
	Note         string // a sentence, or nothing
}

// Words returns the table, in its order.
var Words = sync.OnceValue(func() []Word {
	table, err := holdfast.Documents.ReadFile("docs/words.tsv")
	if err != nil {
		panic(err) // the program was built without it
	}
	rows := strings.Split(strings.TrimSuffix(string(table), "\n"), "\n")[1:] // the first one names the columns
	all := make([]Word, len(rows))
	for i, row := range rows {
		for _, to := range []*string{&all[i].Theirs, &all[i].Ours, &all[i].Lang, &all[i].Where, &all[i].Note} {
			*to, row, _ = strings.Cut(row, "\t")
		}
	}
	return all
})

// Ours returns our word for theirs when it is one of the known ones, or a header, which it
// calls so. Case, dashes, underscores and dots do not count. Otherwise it returns "".
func Ours(theirs string, known []string) string {
	if len(theirs) > longest {
		return ""
	}
	wanted := string(letters(theirs))
	for _, w := range Words() {
		if string(letters(w.Theirs)) != wanted {
			continue
		}
		if IsHeader(w.Ours) {
			return "the header " + w.Ours
		}
		for _, k := range known {
			if k == w.Ours {
				return k
			}
		}
	}
	return ""
}

// IsHeader says whether a word of ours is a header of HTTP: only those begin with a capital.
func IsHeader(ours string) bool { return ours[0] >= 'A' && ours[0] <= 'Z' }
