package main

import (
	"fmt"
	"net/url"
	"strings"
)

// checkPublicURL returns what is wrong with the address of --public-url; "" is none.
func checkPublicURL(text string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("--public-url %q: write https://HOST, with the path before /console if there is one", text)
	}
	return nil
}

// alertLink is the page of an alert, "" when the public address of this server is unknown.
func (c *booksConfig) alertLink(alert string) string {
	if c.publicURL == "" {
		return ""
	}
	return strings.TrimRight(c.publicURL, "/") + "/console/alerts/" + url.PathEscape(alert)
}
