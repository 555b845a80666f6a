package docs

import (
	"strings"

	"github.com/yuin/goldmark/ast"
)

// passage is a search result: the part of a page under one heading.
type passage struct {
	Page, Heading string
	At            string // with the fragment of the heading
	Text          string // on one line
	lower         string // heading and text in lower case
	decision      bool   // it has the reasons; the facts are elsewhere
}

func newPassage(page, heading, at, text string) passage {
	text = strings.Join(strings.Fields(text), " ")
	return passage{
		Page: page, Heading: heading, At: at, Text: text,
		lower:    strings.ToLower(heading + "\n" + text),
		decision: strings.HasPrefix(at, Root+"adr/"),
	}
}

// passagesIn cuts a page at its headings.
func passagesIn(tree ast.Node, source []byte, d *document) []passage {
	var found []passage
	heading, at := d.title, d.at
	var text strings.Builder
	cut := func() {
		if heading != d.title || text.Len() > 0 {
			found = append(found, newPassage(d.title, heading, at, text.String()))
		}
		text.Reset()
	}
	for n := tree.FirstChild(); n != nil; n = n.NextSibling() {
		h, ok := n.(*ast.Heading)
		if !ok {
			words(&text, n, source)
			continue
		}
		cut()
		heading, at = textOf(h, source), d.at
		if id, named := h.AttributeString("id"); named && h.Level > 1 {
			if id, is := id.([]byte); is {
				at += "#" + string(id)
			}
		}
	}
	cut()
	return found
}

// words adds the text of a block, code included, with a blank between blocks.
func words(b *strings.Builder, n ast.Node, source []byte) {
	// The walker returns no error.
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if n.Type() == ast.TypeBlock {
			b.WriteByte(' ')
		}
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			b.Write(n.Value(source))
			if n.SoftLineBreak() || n.HardLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.CodeBlock, *ast.FencedCodeBlock:
			for _, line := range n.Lines().Sliced(0, n.Lines().Len()) {
				b.Write(line.Value(source))
			}
		}
		return ast.WalkContinue, nil
	})
}

func passagesOf(calls []operationEntry) []passage {
	found := make([]passage, len(calls))
	for i, c := range calls {
		found[i] = newPassage(referenceTitle, c.Verb+" "+c.Path, Root+"api#"+c.ID, c.ID+": "+c.Text+rowWords(c.Parameters)+rowWords(c.Members))
	}
	return found
}

func passagesOfObjects(objects []object) []passage {
	found := make([]passage, len(objects))
	for i, o := range objects {
		found[i] = newPassage(referenceTitle, o.Name, Root+"api#"+o.Name, o.Text+rowWords(o.Members))
	}
	return found
}

func rowWords(rows []row) string {
	var b strings.Builder
	for _, r := range rows {
		b.WriteString(" " + r.Name + ": " + r.Text)
	}
	return b.String()
}
