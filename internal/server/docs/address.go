package docs

import (
	"path"
	"strings"
)

// Root is the path of the site.
const Root = "/docs/"

const (
	searchPath    = Root + "search"
	referencePath = Root + "api"
	// Each English page has an address below chineseRoot: there is its Chinese twin, or the English page in the
	// Chinese frame.
	chineseRoot = Root + "zh/"
)

// moved are addresses that pages once had.
var moved = map[string]string{
	Root + "README.zh-CN":          chineseRoot,
	Root + "guide/problems":        ErrorsPath,
	chineseRoot + "guide/problems": chineseRoot + "errors/",
}

// The languages of pages, as browsers name them.
const (
	english = "en"
	chinese = "zh-CN"
)

// address is the address of a repository file on the server: README.md is the page
// of its folder, pages lose their ending, the folder docs is the root. The Chinese README
// is the first of the Chinese pages.
func address(file string) string {
	if file == "README.zh-CN.md" {
		return chineseRoot
	}
	file = strings.TrimPrefix(file, "docs/")
	if path.Base(file) == "README.md" {
		return Root + strings.TrimSuffix(file, "README.md")
	}
	return Root + strings.TrimSuffix(file, ".md")
}

// twinAddress is the address of the Markdown of a page.
func twinAddress(file string) string { return Root + strings.TrimPrefix(file, "docs/") }

// language is the language of the frame at an address.
func language(at string) string {
	if strings.HasPrefix(at, chineseRoot) {
		return chinese
	}
	return english
}

// inLanguage is the address of a page in a language.
func inLanguage(at, lang string) string {
	at = Root + strings.TrimPrefix(strings.TrimPrefix(at, chineseRoot), Root)
	if lang == chinese {
		at = chineseRoot + strings.TrimPrefix(at, Root)
	}
	return at
}
