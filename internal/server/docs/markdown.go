package docs

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// document is a Markdown page of the repository.
type document struct {
	file, at, title string
	links           []string // the pages it links to, in order
	source, html    []byte
	passages        []passage
}

// documents renders all Markdown pages, in the order of their files.
func (s *Site) documents() ([]*document, error) {
	var all []*document
	for file, at := range s.where {
		if path.Ext(file) != ".md" {
			continue
		}
		source, err := fs.ReadFile(s.files, file)
		if err != nil {
			return nil, err
		}
		d := &document{file: file, at: at, source: source}
		if err := d.render(source, s.where); err != nil {
			return nil, fmt.Errorf("page %s: %w", file, err)
		}
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b *document) int { return strings.Compare(a.file, b.file) })
	return all, nil
}

func (d *document) render(source []byte, where map[string]string) error {
	markdown := goldmark.New(
		goldmark.WithExtensions(extension.Table),
		goldmark.WithParserOptions(
			parser.WithAutoHeadingID(),
			parser.WithASTTransformers(util.Prioritized(&linker{d, where}, 100)),
		),
	)
	var out bytes.Buffer
	ids := parser.WithContext(parser.NewContext(parser.WithIDs(&slugs{seen: map[string]int{}})))
	tree := markdown.Parser().Parse(text.NewReader(source), ids)
	if err := markdown.Renderer().Render(&out, source, tree); err != nil {
		return err
	}
	d.html = out.Bytes()
	d.passages = passagesIn(tree, source, d)
	if d.title == "" {
		return fmt.Errorf("has no title")
	}
	return nil
}

// linker turns links between files into links between pages, and records the title of the
// page.
type linker struct {
	d     *document
	where map[string]string
}

// Transform implements parser.ASTTransformer.
func (l *linker) Transform(page *ast.Document, reader text.Reader, _ parser.Context) {
	var dead []ast.Node
	// The walker returns no error.
	_ = ast.Walk(page, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			if n.Level == 1 && l.d.title == "" {
				l.d.title = textOf(n, reader.Source())
			}
		case *ast.Link:
			if to, ok := l.resolve(string(n.Destination)); ok {
				n.Destination = []byte(to)
			} else {
				dead = append(dead, n)
			}
		case *ast.Image:
			if to, ok := l.resolve(string(n.Destination)); ok {
				n.Destination = []byte(to)
			}
		}
		return ast.WalkContinue, nil
	})
	// A file that is not among the documents has no address here: its name stays, the link is
	// removed.
	for _, n := range dead {
		parent := n.Parent()
		for child := n.FirstChild(); child != nil; child = n.FirstChild() {
			parent.InsertBefore(parent, n, child)
		}
		parent.RemoveChild(parent, n)
	}
}

// resolve returns where a link leads on the server.
func (l *linker) resolve(to string) (string, bool) {
	if strings.Contains(to, "://") || strings.HasPrefix(to, "mailto:") || strings.HasPrefix(to, "#") {
		return to, true
	}
	file, fragment, _ := strings.Cut(to, "#")
	if fragment != "" {
		fragment = "#" + fragment
	}
	file = path.Join(path.Dir(l.d.file), file)
	at, ok := l.where[file]
	if !ok {
		file = path.Join(file, "README.md")
		at, ok = l.where[file]
	}
	if ok && path.Ext(file) == ".md" {
		at = l.inReadersLanguage(at)
	}
	if ok {
		l.d.links = append(l.d.links, at)
	}
	return at + fragment, ok
}

// inReadersLanguage is the address of a page in the language of this one. A link to this page's own twin chooses
// the other language.
func (l *linker) inReadersLanguage(at string) string {
	lang := language(at)
	if here := inLanguage(at, language(l.d.at)); here != l.d.at || at == here {
		return here
	}
	return at + "?lang=" + lang
}

// textOf is the text of a node.
func textOf(n ast.Node, source []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // the walker returns no error
		if t, ok := n.(*ast.Text); ok && entering {
			b.Write(t.Value(source))
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

// slugs names headings as repository hosts do, so that a link to a heading works in both places: it keeps letters
// and digits of any script, and blanks become dashes.
type slugs struct{ seen map[string]int }

// Generate implements parser.IDs.
func (s *slugs) Generate(value []byte, _ ast.NodeKind) []byte {
	var b strings.Builder
	for _, r := range strings.ToLower(strings.TrimSpace(string(value))) {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
			b.WriteRune(r)
		case r == ' ':
			b.WriteByte('-')
		}
	}
	slug := b.String()
	n := s.seen[slug]
	s.seen[slug]++
	if n > 0 {
		slug = fmt.Sprintf("%s-%d", slug, n)
	}
	return []byte(slug)
}

// Put implements parser.IDs.
func (s *slugs) Put(value []byte) { s.seen[string(value)]++ }
