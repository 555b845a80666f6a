package main

import (
	"fmt"
	"net/url"
	"strings"
)

// checkPublicURL says what is wrong with the address of --public-url; "" is none.
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

// alertLink is where people look at an alert, "" when it is not known where they reach this server.
func (c *booksConfig) alertLink(alert string) string {
	if c.publicURL == "" {
		return ""
	}
	return strings.TrimRight(c.publicURL, "/") + "/console/alerts/" + url.PathEscape(alert)
}
