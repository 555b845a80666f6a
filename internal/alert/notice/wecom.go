package notice

import (
	"context"
	"net/url"
)

// weCom is a robot of a group of WeCom:
// https://developer.work.weixin.qq.com/document/path/91770
type weCom struct {
	*poster
	to    *url.URL
	words words
}

// mostWeCom is how long Markdown may be, in bytes.
const mostWeCom = 4096

// weComForever are the codes for a robot or settings that are wrong: no such key (93000,
// 40001, 40014), a robot that was removed or is not in the group (93004, 93008), or an
// address that may not call (60020). Too many calls (45009, 45033) and a busy system (-1)
// are asked again, as is what is not known.
var weComForever = map[int]bool{40001: true, 40008: true, 40014: true, 40058: true, 60020: true, 93000: true, 93004: true, 93008: true}

func openWeCom(s settings, w ways) (Sender, error) {
	const key = "key"
	u, words, err := s.robot(key, "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…")
	if err != nil {
		return nil, err
	}
	return &weCom{newPoster(w, s[settingURL], u.Query().Get(key)), u, words}, nil
}

type weComMessage struct {
	Type     string        `json:"msgtype"`
	Markdown weComMarkdown `json:"markdown"`
}

type weComMarkdown struct {
	Content string `json:"content"`
}

// Send posts the notice.
func (c *weCom) Send(ctx context.Context, n Notice) error {
	text := c.words.message(n).markdown("\n", mostWeCom)
	return c.robot(ctx, c.to.String(), weComMessage{"markdown", weComMarkdown{text}}, weComForever)
}
