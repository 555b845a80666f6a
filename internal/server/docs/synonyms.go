package docs

import (
	"errors"
	"io/fs"
	"regexp"
	"slices"
	"strings"
)

// wordTable is the table of the words of other systems: theirs, ours, lang, where, note.
const wordTable = "docs/words.tsv"

const glossaryFile = "docs/guide/glossary.md"

// synonyms lead from a word, or words, of a reader to the words that the pages use.
type synonyms struct {
	ours    map[string][][]string // tokens, joined with blanks -> the tokens of each of our words
	longest int                   // tokens of a key
}

// synonymsIn reads the glossary's tables and the table of words. Either may be absent.
func synonymsIn(files fs.FS) (*synonyms, error) {
	s := &synonyms{ours: map[string][][]string{}}
	glossary, err := fs.ReadFile(files, glossaryFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	chinese := false // whether the second column of this table is our word in Chinese
	for line := range strings.Lines(string(glossary)) {
		cell := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		switch {
		case len(cell) < 2:
			chinese = false
		case strings.TrimSpace(cell[1]) == "中文":
			chinese = true
		case chinese:
			s.addGlossary(cell)
		}
	}
	table, err := fs.ReadFile(files, wordTable)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for line := range strings.Lines(string(table)) {
		if cell := strings.Split(line, "\t"); len(cell) >= 2 && cell[0] != "theirs" {
			s.add(names(cell[0]), names(cell[1]))
		}
	}
	return s, nil
}

// addGlossary adds a line of a table: our word and its Chinese, and in longer tables the words of other systems
// last.
func (s *synonyms) addGlossary(cell []string) {
	ours, chinese := names(cell[0]), names(cell[1])
	s.add(chinese, ours)
	if len(cell) == 4 {
		others := names(cell[3])
		s.add(others, ours)
		s.add(slices.DeleteFunc(others, func(name string) bool { return !strings.ContainsFunc(name, isIdeograph) }), chinese)
	}
}

var remark = regexp.MustCompile("\\([^)]*\\)|`")

// names are the names in a cell, without remarks in brackets.
func names(cell string) []string {
	all := strings.FieldsFunc(remark.ReplaceAllString(cell, ""), func(r rune) bool { return strings.ContainsRune(",;/，；、\n", r) })
	for i := range all {
		all[i] = strings.TrimSpace(all[i])
	}
	return slices.DeleteFunc(all, func(name string) bool { return name == "" })
}

func (s *synonyms) add(theirs, ours []string) {
	for _, t := range theirs {
		key := terms(t)
		for _, o := range ours {
			if to := terms(o); len(key) > 0 && len(to) > 0 && !slices.Equal(key, to) {
				at := strings.Join(key, " ")
				s.ours[at] = append(s.ours[at], to)
				s.longest = max(s.longest, len(key))
			}
		}
	}
}

// terms are the tokens of a name, without the parts of compounds.
func terms(name string) []string {
	var all []string
	for _, t := range tokens(name) {
		if !t.part {
			all = append(all, t.term)
		}
	}
	return all
}

// match is a word of a query, or several, with our words for it.
type match struct {
	theirs string
	ours   [][]string
}

// of lists the words of a query that have other words here.
func (s *synonyms) of(query []token) []match {
	var whole []string
	for _, t := range query {
		if !t.part {
			whole = append(whole, t.term)
		}
	}
	var found []match
	for from := range whole {
		for to := from + 1; to <= min(len(whole), from+s.longest); to++ {
			theirs := strings.Join(whole[from:to], " ")
			if ours := s.ours[theirs]; ours != nil {
				found = append(found, match{theirs, ours})
			}
		}
	}
	return found
}
