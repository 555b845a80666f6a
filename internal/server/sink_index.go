package server

import (
	"net/url"
	"strings"

	"holdfast.dev/holdfast/internal/catalog"
)

// indexForm checks what is special about a sink that keeps an index: it names one, and
// gets all events about the products and locations that it is for, or the figures would
// stay behind the books.
func indexForm(f *form, s *catalog.Sink) {
	if u, err := url.Parse(s.Target); err == nil && s.Topic == "" {
		if index := strings.Trim(u.Path, "/"); index == "" || strings.Contains(index, "/") {
			f.refuse("target", "must name one index behind the host, or the topic must")
		}
	}
	if len(s.Filter.Types) > 0 {
		f.refuse("filter.types", "must be left out: an index needs all changes of the stock")
	}
	if len(s.Filter.Channels) > 0 {
		f.refuse("filter.channel_ids", "must be left out: an index has the stock of all channels")
	}
}
