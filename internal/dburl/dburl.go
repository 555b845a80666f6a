// Package dburl reads the URLs that name databases. They may name several hosts
// (mysql://user:password@host:port,host:port/database), which package net/url
// refuses. What else stands in them is left to the engines and the catalog.
package dburl

import (
	"cmp"
	"errors"
	"net"
	"net/url"
	"strings"
)

// Parse is url.Parse for a DSN. The Host of one that names several is all of
// them, with commas in between; its methods Hostname and Port mean nothing then,
// Hosts does. An error is a *url.Error, whose text repeats the DSN with its
// password.
func Parse(text string) (*url.URL, error) {
	before, hosts, after := cut(text)
	first, more, several := strings.Cut(hosts, ",")
	if !several {
		return url.Parse(text)
	}
	u, err := url.Parse(before + first + after)
	if err != nil {
		return nil, err
	}
	for host := range strings.SplitSeq(more, ",") {
		if _, err := url.Parse("dburl://" + host); err != nil {
			return nil, err
		}
		if host == "" || first == "" {
			return nil, &url.Error{Op: "parse", URL: text, Err: errors.New("a host between commas is empty")}
		}
	}
	u.Host = hosts
	return u, nil
}

// cut returns what is before the hosts of a URL, the hosts, and what is behind
// them.
func cut(text string) (before, hosts, after string) {
	scheme := strings.Index(text, "://")
	if scheme < 0 {
		return text, "", ""
	}
	from, to := scheme+len("://"), len(text)
	if n := strings.IndexAny(text[from:], "/?#"); n >= 0 {
		to = from + n
	}
	from += strings.LastIndexByte(text[from:to], '@') + 1
	return text[:from], text[from:to], text[to:]
}

// Hosts returns the hosts of a DSN as host:port, in their order. One that is left
// out is this machine, a port that is left out is the standard one.
func Hosts(u *url.URL, standard string) []string {
	var all []string
	for host := range strings.SplitSeq(u.Host, ",") {
		one := url.URL{Host: host}
		all = append(all, net.JoinHostPort(cmp.Or(one.Hostname(), "127.0.0.1"), cmp.Or(one.Port(), standard)))
	}
	return all
}
