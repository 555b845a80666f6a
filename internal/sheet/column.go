package sheet

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// column is one property of a product or item in a row.
type column int

// The columns that an import reads. shown stands for all columns that an export writes for
// people and an import ignores.
const (
	shown column = iota
	product
	location
	onHand
	opening
	threshold
	unit
	scale
	tracked
	reason
	reference
	version
	placeKind
	name
	latitude
	longitude
	priority
	inUse
	online
	pickup
	channels
	region
	capacity
	component
	quantity
	channel
	quota
	weight
	level
	lowering
	transfer
	origin
	destination
	expected
	lotDigest
	columns // how many there are
)

// heading is a column and the words for it in a heading: the API's first, then those of
// the glossary (docs/guide/glossary.md).
type heading struct {
	column column
	words  []string
	kinds  []Kind // whose files have it
}

var (
	itemKinds    = []Kind{KindLevels, KindThresholds, KindQuotas, KindLots}
	productKinds = []Kind{KindProducts, KindLevels, KindThresholds, KindKits, KindQuotas, KindTransfers, KindLots}
	levelKind    = []Kind{KindLevels}
	placeKinds   = []Kind{KindLocations}
	kitKind      = []Kind{KindKits}
	quotaKind    = []Kind{KindQuotas}
	transferKind = []Kind{KindTransfers}
	lotKind      = []Kind{KindLots}
	notedKinds   = []Kind{KindLevels, KindQuotas, KindTransfers, KindLots}
)

var headings = []heading{
	{product, []string{"product_id", "商品", "货品", "商品编码", "货品编码"}, productKinds},
	{location, []string{"location_id", "仓库", "门店", "仓库编码", "门店编码"}, itemKinds},
	{onHand, []string{"on_hand", "实物库存", "在库"}, []Kind{KindLevels, KindLots}},
	{opening, []string{"available_stock", "期初库存"}, levelKind},
	{threshold, []string{"low_stock_threshold", "预警阈值"}, []Kind{KindLevels, KindThresholds}},
	{unit, []string{"unit", "单位"}, []Kind{KindProducts, KindLevels}},
	{scale, []string{"scale", "小数位"}, []Kind{KindProducts, KindLevels}},
	{tracked, []string{"tracked", "计数"}, levelKind},
	{reason, []string{"reason", "原因"}, notedKinds},
	{reference, []string{"reference", "单号"}, notedKinds},
	{version, []string{"expected_version", "预期版本"}, levelKind},
	{location, []string{"location_id", "仓库", "门店", "仓库编码", "门店编码", "id"}, placeKinds},
	{placeKind, []string{"kind", "类型"}, placeKinds},
	{name, []string{"name", "名称"}, placeKinds},
	{latitude, []string{"latitude", "纬度", "lat"}, placeKinds},
	{longitude, []string{"longitude", "经度", "lon"}, placeKinds},
	{priority, []string{"priority", "优先级"}, placeKinds},
	{inUse, []string{"active", "启用"}, placeKinds},
	{online, []string{"online", "线上"}, placeKinds},
	{pickup, []string{"pickup", "自提"}, placeKinds},
	{channels, []string{"channels", "渠道"}, placeKinds},
	{region, []string{"region", "区域"}, placeKinds},
	{capacity, []string{"capacity", "每单上限"}, placeKinds},
	{component, []string{"component_id", "组件", "配料"}, kitKind},
	{quantity, []string{"quantity", "用量", "数量"}, []Kind{KindKits, KindTransfers}},
	{channel, []string{"channel_id", "渠道"}, []Kind{KindQuotas, KindTransfers}},
	{quota, []string{"quota", "渠道配额", "配额"}, quotaKind},
	{weight, []string{"weight", "权重"}, quotaKind},
	{level, []string{"level", "补足水位"}, quotaKind},
	{lowering, []string{"lowering", "调低"}, quotaKind},
	{transfer, []string{"transfer_id", "调拨单", "调拨单号"}, transferKind},
	{origin, []string{"from_location_id", "调出", "调出仓库"}, transferKind},
	{destination, []string{"to_location_id", "调入", "调入仓库"}, transferKind},
	{lotDigest, []string{"digest", "摘要"}, lotKind},
	{expected, []string{"expected_at", "预计到货"}, transferKind},
	// Further columns of an export of this kind.
	{shown, []string{"state", "状态"}, transferKind},
	{shown, []string{"shipped", "已发"}, transferKind},
	{shown, []string{"received", "已收"}, transferKind},
	{shown, []string{"lost", "短少"}, transferKind},
	{shown, []string{"surplus", "多收"}, transferKind},
	{shown, []string{"returned", "退回"}, transferKind},
	{shown, []string{"in_transit", "在途"}, transferKind},
	{shown, []string{"created_at", "创建时间"}, transferKind},
	{shown, []string{"unit", "单位"}, transferKind},
	{shown, []string{"remaining", "剩余"}, quotaKind},
	{shown, []string{"held", "预占", "占用"}, quotaKind},
	{shown, []string{"sold", "已售"}, quotaKind},
	{shown, []string{"held_from_pool", "池中预占"}, quotaKind},
	{shown, []string{"sold_from_pool", "池中已售"}, quotaKind},
	{shown, []string{"unit", "单位"}, quotaKind},
	{shown, []string{"unit", "单位"}, kitKind},
	{shown, []string{"held", "预占", "占用"}, lotKind},
	{shown, []string{"withheld", "保留不可售"}, lotKind},
	{shown, []string{"damaged", "残次"}, lotKind},
	{shown, []string{"quality", "待检"}, lotKind},
	{shown, []string{"sellable", "可售"}, lotKind},
	{shown, []string{"recalled", "召回"}, lotKind},
	{shown, []string{"since", "首次入库"}, lotKind},
	{shown, []string{"unit", "单位"}, lotKind},
	{shown, []string{"available", "可用库存", "可售库存"}, []Kind{KindLevels, KindLots}},
	{shown, []string{"reserved", "预占", "占用"}, levelKind},
	{shown, []string{"on_sale", "在售"}, levelKind},
	{shown, []string{"status", "状态"}, levelKind},
	{shown, []string{"version", "版本"}, levelKind},
	{shown, []string{"updated_at", "更新时间"}, levelKind},
	{shown, []string{"created_at", "创建时间"}, []Kind{KindProducts}},
	{shown, []string{"unit", "单位"}, []Kind{KindThresholds}},
	{shown, []string{"scale", "小数位"}, []Kind{KindThresholds}},
}

// maxCells bounds the cells of a row.
const maxCells = 100

// header maps the columns to the cells of a row.
type header struct {
	words []string // as the file has them
	place [columns]int
	lots  []lotColumn // those of attributes
	// fields are the fields of a digest, in the file's order: those of the lot and those of the
	// digest alone.
	fields []lotColumn
	// chinese reports that a heading is a known word in Chinese, exported that only exports have one of the columns.
	chinese, exported bool
}

// cell returns the cell of the column, -1 when the file has no such column.
func (h *header) cell(c column) int { return h.place[c] }

// word is the file's word for the column, or the API's.
func (h *header) word(c column) string {
	if i := h.place[c]; i >= 0 {
		return h.words[i]
	}
	for _, known := range headings {
		if known.column == c {
			return known.words[0]
		}
	}
	return ""
}

// newHeader interprets the first row of a file.
func newHeader(s Spec, line int, cells []string) (*header, error) {
	kind := s.Kind
	if len(cells) > maxCells {
		return nil, broken(line, "", "the heading has %d columns, at most %d are read", len(cells), maxCells)
	}
	h := &header{words: slices.Clone(cells)}
	for i := range h.place {
		h.place[i] = -1
	}
	taken := map[string]string{}
	for i, cell := range cells {
		word := strings.TrimSpace(cell)
		h.words[i] = word
		if word == "" {
			continue // the column must be empty
		}
		if to := s.Map[word]; to != "" {
			word = to
		}
		found := find(kind, word)
		if name := h.lotColumn(kind, i, word); found == nil && name != "" {
			if before, twice := taken[name]; twice {
				return nil, broken(line, clip(word), "%q and %q are the same column, %s", clip(before), clip(word), clip(name))
			}
			taken[name] = word
			continue
		}
		if found == nil && s.Others && s.Map[h.words[i]] == "" {
			continue
		}
		if found == nil {
			return nil, broken(line, clip(word), "%q is no column of %s; the known ones are: %s", clip(word), kind, knownWords(kind))
		}
		name := found.words[0]
		if before, twice := taken[name]; twice {
			return nil, broken(line, word, "%q and %q are the same column, %s", before, word, name)
		}
		taken[name] = word
		h.chinese = h.chinese || strings.ContainsFunc(word, func(r rune) bool { return r >= utf8.RuneSelf })
		if found.column == shown {
			h.exported = true
		} else {
			h.place[found.column] = i
		}
	}
	for word := range s.Map {
		if !slices.Contains(h.words, word) {
			return nil, broken(line, clip(word), "the file has no column %q, which map names", clip(word))
		}
	}
	return h, h.complete(kind, line)
}

// needed are the columns without which a row of the kind is useless.
var needed = map[Kind][]column{
	KindProducts:   {product},
	KindLevels:     {product},
	KindThresholds: {product, threshold},
	KindLocations:  {location},
	KindKits:       {product, component, quantity},
	KindQuotas:     {product, channel},
	KindTransfers:  {product, transfer, origin, destination, quantity},
	KindLots:       {product, onHand},
}

// complete requires the needed columns, and the columns that the present ones depend
// on.
func (h *header) complete(kind Kind, line int) error {
	missing := func(word string) error {
		return broken(line, word, "the column %s is missing; the known ones are: %s", word, knownWords(kind))
	}
	for _, c := range needed[kind] {
		if h.cell(c) < 0 {
			return missing(h.word(c))
		}
	}
	switch {
	case h.cell(latitude) < 0 && h.cell(longitude) >= 0:
		return missing(h.word(latitude))
	case h.cell(longitude) < 0 && h.cell(latitude) >= 0:
		return missing(h.word(longitude))
	case kind == KindQuotas && h.cell(quota) < 0 && h.cell(weight) < 0 && h.cell(level) < 0:
		return missing(h.word(quota))
	case kind == KindLevels && h.cell(onHand) < 0 && (h.cell(opening) < 0 || h.cell(version) >= 0):
		return missing(h.word(onHand))
	case kind == KindLots && len(h.lots) == 0:
		return missing(lotWords[0] + "batch")
	}
	return nil
}

// normaliseHeading returns the form in which headings are compared.
func normaliseHeading(word string) string {
	return strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(word))
}

// find returns the heading for a word. Case, blanks and hyphens do not matter.
func find(kind Kind, word string) *heading {
	word = normaliseHeading(word)
	for i := range headings {
		if slices.Contains(headings[i].kinds, kind) && slices.Contains(headings[i].words, word) {
			return &headings[i]
		}
	}
	return nil
}

// knownWords lists the possible headings of the kind.
func knownWords(kind Kind) string {
	var words []string
	if kind == KindLots || kind == KindTransfers {
		words = append(words, lotWords[0]+"batch and other attributes ("+lotWords[1]+"batch)")
	}
	for _, h := range headings {
		if slices.Contains(h.kinds, kind) && h.column != shown {
			words = append(words, h.words[0]+" ("+h.words[1]+")")
		}
	}
	return strings.Join(words, ", ")
}

// clip shortens text from a file before it is quoted to people.
func clip(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && s[cut]&0xc0 == 0x80 {
		cut--
	}
	return s[:cut] + "…"
}
