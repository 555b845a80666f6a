package docs

import _ "embed"

//go:embed try.js
var tryScript []byte

const (
	tryPath = Root + "try.js"
	// tryPolicy lets a page run our script, which may call this server, on top of what policy allows.
	tryPolicy = policy + "; script-src 'self'; connect-src 'self'"
	tryTag    = HTML(`<script src="` + tryPath + `" defer></script>` + "\n")
)

const tryIntro HTML = `<section class="try" hidden>` + "\n" + `<h2 id="try">Try it</h2>` + "\n" + `<p>Each call has a form that sends it to this server. Your key stays in this field until the page is closed.</p>` + "\n" +
	`<p><label>API key <input id="try-key" type="password" autocomplete="off" spellcheck="false"></label></p>` + "\n</section>\n"

// writes reports whether a call may change something: reads are GET, or need no more than the scope read.
func (c *operationEntry) writes() bool {
	return c.Verb != "GET" && c.Scope != "public" && c.Scope != "key with scope read"
}

// try is the form that sends a call. The script shows it. A file or a stream has none.
func (b *builder) try(c operationEntry) {
	if c.plain() {
		return
	}
	b.add(`<details class="try" hidden><summary>Try it</summary>`+"\n"+`<form data-verb="%s" data-path="%s">`+"\n", c.Verb, c.Path)
	tries := false
	for _, p := range c.Parameters {
		switch {
		case p.Name == "dry_run":
			tries = true
		case p.In == "path":
			b.field("path:"+p.Name, p.Name, " required")
		case p.Kind == "object": // each of its members is a parameter
			b.field("pairs:"+p.Name, p.Name+".name=value", "")
		case p.In == "query":
			b.field("query:"+p.Name, p.Name, required[p.Must])
		}
	}
	if c.idempotencyKey() != "" {
		b.field("header:Idempotency-Key", "Idempotency-Key", "")
	}
	if c.Example.Body != "" {
		b.add(`<p><label>Body<textarea name="body" rows="4" spellcheck="false">%s</textarea></label></p>`+"\n", c.Example.Body)
	}
	if tries {
		b.add(`<p><label><input type="checkbox" name="query:dry_run" checked> dry_run: nothing is stored</label></p>` + "\n")
	}
	if c.writes() {
		b.add(`<p class="must">This call writes to the books or the settings of this server.</p>` + "\n")
	}
	b.add(`<p><button>Send %s</button></p>`+"\n<output></output>\n</form></details>\n", c.Verb)
}

var required = map[bool]HTML{true: " required"}

func (b *builder) field(name, label string, more HTML) {
	b.add(`<p><label>%s <input name="%s"%s></label></p>`+"\n", label, name, more)
}
