package docs

const referenceIntro HTML = `<p>This page is made from the OpenAPI 3.1 document, which is at <a href="/openapi.yaml">/openapi.yaml</a>: give that to a generator of clients. ` +
	`What it cannot say is in <a href="/docs/protocol/api">the public interface on the wire</a>; how to use it is in <a href="/docs/guide/api">the API, step by step</a>. ` +
	`Whatever is not answered with 200 is a <a href="#Problem">Problem</a>. Some paths are there <a href="/docs/protocol/api#rest">without <code>/v1</code></a> too.</p>` + "\n<ul>\n"

func referencePage(text string, headers []row, tasks []task, objects []object) HTML {
	var b builder
	b.add("<h1>API reference</h1>\n<p>%s</p>\n%s", text, referenceIntro)
	for _, t := range tasks {
		b.add(`<li><a href="#%s">%s</a></li>`+"\n", t.ID(), t.Title)
	}
	b.add("</ul>\n%s", examplesIntro)
	b.examples("all", preparations)
	b.add("%s", tryIntro)
	b.add(`<h2 id="headers">Headers</h2>` + "\n<table>\n<tbody>\n")
	for _, h := range headers {
		b.add(`<tr id="header-%s"><td><code>%s</code></td><td>%s</td><td>%s</td></tr>`+"\n", h.Name, h.Name, h.kind(), h.Text)
	}
	b.add("</tbody>\n</table>\n")
	for _, t := range tasks {
		b.task(t)
	}
	b.add(`<h2 id="objects">Objects</h2>` + "\n")
	for _, o := range objects {
		b.add(`<section class="call" id="%s">`+"\n<h3>%s</h3>\n<p>%s</p>\n", o.Name, o.Name, o.Text)
		b.rows(o.Members)
		b.add("</section>\n")
	}
	return b.html()
}

// task lists the calls of a task, and shows each.
func (b *builder) task(t task) {
	b.add(`<h2 id="%s">%s</h2>`+"\n<ul>\n", t.ID(), t.Title)
	for _, c := range t.Calls {
		b.add(`<li><a href="#%s"><code>%s %s</code></a></li>`+"\n", c.ID, c.Verb, c.Path)
	}
	b.add("</ul>\n")
	for _, c := range t.Calls {
		b.call(c)
	}
}

func (b *builder) call(c operationEntry) {
	b.add(`<section class="call" id="%s">`+"\n"+`<h3><span class="verb">%s</span>%s</h3>`+"\n"+`<p>%s <span class="scope">(%s)</span></p>`+"\n",
		c.ID, c.Verb, c.Path, c.Text, c.Scope)
	for i, h := range c.Headers {
		var before HTML = ", "
		if i == 0 {
			before = `<p class="scope">Headers: `
		}
		b.add(`%s<a href="#header-%s">%s</a>`, before, h, h)
	}
	if len(c.Headers) > 0 {
		b.add("</p>\n")
	}
	b.rows(c.Parameters)
	if len(c.Members) > 0 {
		b.add("<p>Body")
		if c.Body != nil {
			b.add(": %s", c.Body.kind())
		}
		b.add("</p>\n")
		b.rows(c.Members)
	}
	if c.Answer != nil {
		b.add("<p>Answer: %s", c.Answer.kind())
		if c.Answer.Text != "" {
			b.add(". %s", c.Answer.Text)
		}
		b.add("</p>\n")
	}
	b.examples(c.ID, examplesOf(&c))
	b.try(c)
	b.add("</section>\n")
}

// rows is a table, if there is anything in it.
func (b *builder) rows(all []row) {
	if len(all) == 0 {
		return
	}
	b.add("<table>\n<thead><tr><th>name</th><th>type</th><th></th></tr></thead>\n<tbody>\n")
	for _, r := range all {
		b.add("<tr><td><code>%s</code>", r.Name)
		if r.Must {
			b.add(` <span class="must">required</span>`)
		}
		b.add("</td><td>%s</td><td>", r.kind())
		if r.In != "" {
			b.add(`<span class="must">%s</span> `, r.In)
		}
		b.add("%s</td></tr>\n", r.Text)
	}
	b.add("</tbody>\n</table>\n")
}

func (r *row) kind() HTML {
	var b builder
	b.add("%s", r.Kind)
	if r.Schema != "" {
		b.add(` <a href="#%s">%s</a>`, r.Schema, r.Schema)
	}
	if r.Bounds != "" {
		b.add("; %s", r.Bounds)
	}
	return b.html()
}
