package docs

import (
	"strings"

	"github.com/yuin/goldmark/ast"
)

// passage is a part of a page under one heading. It is what a search finds.
type passage struct {
	Page, Heading string
	At            string // with the fragment of the heading
	Text          string // on one line
}

func newPassage(page, heading, at, text string) passage {
	return passage{Page: page, Heading: heading, At: at, Text: strings.Join(strings.Fields(text), " ")}
}

// page is the address of what is one result: a page, one entry of the reference, or one question.
func (p *passage) page() string {
	page, _, _ := strings.Cut(p.At, "#")
	if page == Root+"api" || strings.Contains(page, "/guide/questions") {
		return p.At
	}
	return page
}

// worth is how probable it is that a reader wants a page of this kind: guide and handbook say how, the others why, since
// when, or in which bytes.
func (p *passage) worth(chinese bool) float64 {
	worth := 1.0
	for _, k := range []struct {
		folder string
		worth  float64
	}{{"adr/", 0.5}, {"CHANGELOG", 0.5}, {"CONTRIBUTING", 0.5}, {"develop/", 0.6}, {"api", 0.7}, {"protocol/", 0.8}, {"benchmarks/", 0.8}, {"operations/configuration", 0.7}} {
		if strings.HasPrefix(p.At, Root+k.folder) {
			worth = k.worth
		}
	}
	switch of := language(p.page()); {
	case chinese && of == "en":
		worth *= 0.7 // many pages are in English only
	case !chinese && of != "en":
		worth *= 0.3
	}
	return worth
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
