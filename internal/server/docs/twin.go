package docs

import (
	"net/http"
	"path"
	"regexp"
	"strings"
)

// Each page has a twin: its Markdown, at the page's address with the ending of its file. Programs that read
// documents get the twin, and the list of all twins in llms.txt (https://llmstxt.org).

const llmsPath = "/llms.txt"

const typeMarkdown = "text/markdown; charset=utf-8"

var mdLink = regexp.MustCompile(`\]\(([^)\s#:]+)(#[^)\s]*)?\)`)

// twin is the source of a page with links that lead to other twins, or to what the server has. A link to another
// file of the repository keeps its words only, as on the page.
func twin(source []byte, file string, where map[string]string) []byte {
	var out strings.Builder
	fenced := false
	for line := range strings.Lines(string(source)) {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			fenced = !fenced
		}
		if !fenced {
			line = mdLink.ReplaceAllStringFunc(line, func(link string) string {
				part := mdLink.FindStringSubmatch(link)
				to := path.Join(path.Dir(file), part[1])
				if where[to] == "" {
					to = path.Join(to, "README.md")
				}
				switch {
				case where[to] == "":
					return "]"
				case path.Ext(to) == ".md":
					return "](" + twinAddress(to) + part[2] + ")"
				}
				return "](" + where[to] + part[2] + ")"
			})
		}
		out.WriteString(line)
	}
	return []byte(out.String())
}

// wantsMarkdown tells whether a reader names Markdown before HTML.
func wantsMarkdown(r *http.Request) bool {
	before, _, found := strings.Cut(r.Header.Get("Accept"), "text/markdown")
	return found && !strings.Contains(before, "text/html")
}

// llms lists the twins by the sections of the navigation, with the first sentence of each page. Decisions, and what
// the navigation lacks, are optional reading.
func llms(documents []*document, nav []section) []byte {
	of := map[string]*document{}
	for _, d := range documents {
		of[d.at] = d
	}
	var b, optional strings.Builder
	b.WriteString("# Holdfast\n\n> " + firstSentence(of[Root]) + " The OpenAPI document is at /openapi.yaml.\n")
	line := func(to *strings.Builder, d *document) {
		to.WriteString("- [" + d.title + "](" + twinAddress(d.file) + "): " + firstSentence(d) + "\n")
		delete(of, d.at)
	}
	for _, s := range nav {
		if len(s.Links) == 0 || strings.HasPrefix(s.Links[0].At, Root+"adr/") {
			continue
		}
		b.WriteString("\n## " + s.Title + "\n\n")
		for _, l := range s.Links {
			if d := of[l.At]; d != nil {
				line(&b, d)
			}
		}
	}
	for _, d := range documents {
		if of[d.at] != nil {
			line(&optional, d)
		}
	}
	if optional.Len() > 0 {
		b.WriteString("\n## Optional\n\n" + optional.String())
	}
	return []byte(b.String())
}

// firstSentence is the first sentence of a page, or as much of it as fits.
func firstSentence(d *document) string {
	const longest = 160
	if d == nil || len(d.passages) == 0 {
		return ""
	}
	text := d.passages[0].Text
	for _, end := range []string{". ", "。", ": "} {
		if i := strings.Index(text, end); i > 0 && i < longest {
			return strings.TrimSuffix(text[:i], ":") + "."
		}
	}
	return strings.TrimSpace(text[:runeStart(text, min(len(text), longest))])
}
