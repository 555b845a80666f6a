package docs

import (
	"fmt"
	"regexp"
	"strings"
)

// ErrorsPath and a code are the page about the code. The texts are documents; the calls are those of the OpenAPI
// document that name the code's status.
const ErrorsPath = Root + "errors/"

var statusOfPage = regexp.MustCompile(`(?m)^\| (\d{3}) \|`)

// answering is the last part of the page about a code: which calls may answer its status. Other pages have none.
func (d *document) answering(calls []operationEntry) (page HTML, twin string) {
	status := statusOfPage.FindSubmatch(d.source)
	if !strings.HasPrefix(d.file, "docs/errors/") || status == nil {
		return "", ""
	}
	var of []operationEntry
	for _, c := range calls {
		if c.Statuses[string(status[1])] {
			of = append(of, c)
		}
	}
	if len(of) == 0 || len(of) == len(calls) {
		of = nil
	}
	heading := fmt.Sprintf("Calls that may answer %s", status[1])
	sentence := fmt.Sprintf("%d of %d calls, as their contract says. Other codes may have the same status.", len(of), len(calls))
	if of == nil {
		sentence = "Any call may answer it."
	}
	var b builder
	b.add(`<h2 id="calls">%s</h2>`+"\n<p>%s</p>\n<ul>\n", heading, sentence)
	twin = "\n## " + heading + "\n\n" + sentence + "\n\n"
	for _, c := range of {
		b.add(`<li><a href="%s#%s"><code>%s %s</code></a></li>`+"\n", referencePath, c.ID, c.Verb, c.Path)
		twin += "- `" + c.Verb + " " + c.Path + "`\n"
	}
	b.add("</ul>\n")
	return b.html(), twin
}
