package docs

import (
	"fmt"
	"strings"
)

// example is a call with values. Its address begins with the path.
type example struct {
	At, Body string // the body is JSON, "" when there is none
	File     bool   // the body is a file
}

// languagesOfExamples are the tabs of each example.
var languagesOfExamples = []struct{ Name, Title string }{{"curl", "curl"}, {"go", "Go"}, {"ts", "TypeScript"}, {"python", "Python"}}

// preparations are what the examples of a language need once.
var preparations = map[string]string{
	"curl": "export HOLDFAST_URL=http://localhost:8080 HOLDFAST_KEY=…",
	"go": `import "holdfast.dev/holdfast/client"

shop, err := client.New(os.Getenv("HOLDFAST_URL"), client.WithKey(os.Getenv("HOLDFAST_KEY")))`,
	"ts": `import { createHoldfast, ok, watch } from "holdfast-client";

const { HOLDFAST_URL: url = "", HOLDFAST_KEY: key = "" } = process.env;
const shop = createHoldfast({ url, key });`,
	"python": `import json, os, urllib.request

url, key = os.environ["HOLDFAST_URL"], os.environ["HOLDFAST_KEY"]`,
}

const examplesIntro HTML = `<h2 id="examples">Examples</h2>` + "\n" + `<p>Each call has an example in four languages. The <a href="/docs/guide/client">Go client</a> and the TypeScript client ` +
	`give each write an <code>Idempotency-Key</code> and repeat it safely; with curl and Python you name the key (<a href="/docs/guide/retries">retries</a>). All of them need this first:</p>` + "\n"

// examples are tabs without a script: the button that is chosen shows the text of its language.
func (b *builder) examples(id string, texts map[string]string) {
	b.add(`<fieldset class="tabs"><legend>Example</legend>` + "\n")
	for i, l := range languagesOfExamples {
		var chosen HTML
		if i == 0 {
			chosen = " checked"
		}
		b.add(`<input type="radio" name="in-%s" id="in-%s-%s" value="%s"%s><label for="in-%s-%s">%s</label>`+"\n", id, id, l.Name, l.Name, chosen, id, l.Name, l.Title)
	}
	for _, l := range languagesOfExamples {
		b.add(`<pre class="in-%s"><code>%s</code></pre>`+"\n", l.Name, texts[l.Name])
	}
	b.add("</fieldset>\n")
}

// examplesOf are the texts of a call's example.
func examplesOf(c *operationEntry) map[string]string {
	return map[string]string{"curl": c.curl(), "go": c.golang(), "ts": c.typeScript(), "python": c.python()}
}

// idempotencyKey is the key of an example, "" if the call takes none.
func (c *operationEntry) idempotencyKey() string {
	for _, h := range c.Headers {
		if h == "Idempotency-Key" {
			return strings.ToLower(strings.TrimSuffix(c.ID, "V1")) + "-1"
		}
	}
	return ""
}

// plain reports whether the answer is a file or a stream: no JSON.
func (c *operationEntry) plain() bool {
	return c.Answer != nil && c.Answer.Bounds != "" || c.Example.File
}

func (c *operationEntry) curl() string {
	var b strings.Builder
	b.WriteString("curl")
	if strings.Contains(c.answerKind(), "event-stream") {
		b.WriteString(" -N")
	}
	fmt.Fprintf(&b, ` -X %s "$HOLDFAST_URL%s" -H "Authorization: Bearer $HOLDFAST_KEY"`, c.Verb, c.Example.At)
	if key := c.idempotencyKey(); key != "" {
		fmt.Fprintf(&b, " \\\n  -H 'Idempotency-Key: %s'", key)
	}
	switch {
	case c.Example.File:
		b.WriteString(" \\\n  -H 'Content-Type: text/csv' --data-binary @products.csv")
	case c.Example.Body != "":
		fmt.Fprintf(&b, " \\\n  -H 'Content-Type: application/json' -d '%s'", c.Example.Body)
	}
	return b.String()
}

func (c *operationEntry) answerKind() string {
	if c.Answer == nil {
		return ""
	}
	return c.Answer.Bounds
}

func (c *operationEntry) golang() string {
	switch call := goCalls[strings.TrimSuffix(c.ID, "V1")]; {
	case strings.HasPrefix(call, "for"):
		return call + "\n\tfmt.Println(event, err)\n}"
	case strings.HasPrefix(call, "err"):
		return call
	case call != "":
		return "answer, err := " + call
	}
	body := "nil"
	switch {
	case c.Example.File:
		body = "file"
	case c.Example.Body != "":
		body = "strings.NewReader(`" + c.Example.Body + "`)"
	}
	text := "// The client has no method for this call.\n"
	if c.Example.File {
		text += "file, err := os.Open(\"products.csv\")\n"
	}
	text += fmt.Sprintf("request, err := http.NewRequestWithContext(ctx, %q, os.Getenv(\"HOLDFAST_URL\")+%q, %s)\n", c.Verb, c.Example.At, body)
	text += "request.Header.Set(\"Authorization\", \"Bearer \"+os.Getenv(\"HOLDFAST_KEY\"))\n"
	switch {
	case c.Example.File:
		text += "request.Header.Set(\"Content-Type\", \"text/csv\")\n"
	case c.Example.Body != "":
		text += "request.Header.Set(\"Content-Type\", \"application/json\")\n"
	}
	return text + "answer, err := http.DefaultClient.Do(request)"
}

func (c *operationEntry) typeScript() string {
	path, query, _ := strings.Cut(c.Example.At, "?")
	if strings.TrimSuffix(c.ID, "V1") == "WatchStock" {
		return "for await (const event of watch({ url, key }, {})) console.log(event);"
	}
	if c.plain() {
		text := fmt.Sprintf("const answer = await fetch(url + %q, {\n  method: %q,\n  headers: { Authorization: `Bearer ${key}`", c.Example.At, c.Verb)
		switch {
		case c.Example.File:
			return text + ", \"Content-Type\": \"text/csv\" },\n  body: file, // a Blob or a text\n});"
		case c.Example.Body != "":
			return text + ", \"Content-Type\": \"application/json\" },\n  body: '" + c.Example.Body + "',\n});"
		}
		return text + " },\n});"
	}
	var parameters []string
	if from := pathParameters(c.Path, path); from != "" {
		parameters = append(parameters, "path: { "+from+" }")
	}
	if query != "" {
		parameters = append(parameters, "query: { "+queryParameters(query)+" }")
	}
	var members []string
	if len(parameters) > 0 {
		members = append(members, "params: { "+strings.Join(parameters, ", ")+" }")
	}
	if c.Example.Body != "" {
		members = append(members, "body: "+c.Example.Body)
	}
	if len(members) == 0 {
		return fmt.Sprintf("const answer = await ok(shop.%s(%q));", c.Verb, c.Path)
	}
	return fmt.Sprintf("const answer = await ok(shop.%s(%q, {\n  %s,\n}));", c.Verb, c.Path, strings.Join(members, ",\n  "))
}

// pathParameters are the values that a path has in the places of its form, as members of an object.
func pathParameters(form, path string) string {
	var members []string
	values := strings.Split(path, "/")
	for i, part := range strings.Split(form, "/") {
		if name, is := strings.CutPrefix(part, "{"); is {
			members = append(members, fmt.Sprintf("%s: %q", strings.TrimSuffix(name, "}"), values[i]))
		}
	}
	return strings.Join(members, ", ")
}

// queryParameters are the parameters of a query as members of an object. Digits alone are a number.
func queryParameters(query string) string {
	var members []string
	for part := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(part, "=")
		if strings.Trim(value, "0123456789") != "" {
			value = fmt.Sprintf("%q", value)
		}
		if object, _, is := strings.Cut(name, "."); is { // a member of an object
			name, value = object, fmt.Sprintf("{ %q: %s }", name, value)
		}
		members = append(members, name+": "+value)
	}
	return strings.Join(members, ", ")
}

func (c *operationEntry) python() string {
	var b strings.Builder
	fmt.Fprintf(&b, "request = urllib.request.Request(\n    url + %q,\n    method=%q,\n    headers={\"Authorization\": \"Bearer \" + key", c.Example.At, c.Verb)
	if key := c.idempotencyKey(); key != "" {
		fmt.Fprintf(&b, ", \"Idempotency-Key\": %q", key)
	}
	switch {
	case c.Example.File:
		b.WriteString(", \"Content-Type\": \"text/csv\"},\n    data=open(\"products.csv\", \"rb\").read(),\n")
	case c.Example.Body != "":
		b.WriteString(", \"Content-Type\": \"application/json\"},\n    data=b'" + c.Example.Body + "',\n")
	default:
		b.WriteString("},\n")
	}
	b.WriteString(")\nwith urllib.request.urlopen(request) as answer:\n")
	switch kind := c.answerKind(); {
	case strings.Contains(kind, "event-stream"):
		b.WriteString("    for line in answer:\n        print(line.decode(), end=\"\")")
	case kind != "":
		b.WriteString("    open(\"answer.csv\", \"wb\").write(answer.read())")
	default:
		b.WriteString("    print(json.load(answer))")
	}
	return b.String()
}
