package main

// Grafana's model, as much of it as is used.
type (
	dashboard struct {
		UID           string     `json:"uid"`
		Title         string     `json:"title"`
		Description   string     `json:"description"`
		Tags          []string   `json:"tags"`
		SchemaVersion int        `json:"schemaVersion"`
		Editable      bool       `json:"editable"`
		Refresh       string     `json:"refresh"`
		Timezone      string     `json:"timezone"`
		Time          span       `json:"time"`
		Templating    templating `json:"templating"`
		Panels        []panel    `json:"panels"`
	}
	span struct {
		From string `json:"from"`
		To   string `json:"to"`
	}
	templating struct {
		List []variable `json:"list"`
	}
	variable struct {
		Name       string  `json:"name"`
		Label      string  `json:"label"`
		Type       string  `json:"type"`
		Query      string  `json:"query"`
		Datasource *source `json:"datasource,omitempty"`
		Refresh    int     `json:"refresh,omitempty"`
		Multi      bool    `json:"multi"`
		IncludeAll bool    `json:"includeAll"`
		AllValue   string  `json:"allValue,omitempty"`
	}
	source struct {
		Type string `json:"type"`
		UID  string `json:"uid"`
	}
	panel struct {
		ID          int          `json:"id"`
		Type        string       `json:"type"`
		Title       string       `json:"title"`
		Description string       `json:"description,omitempty"`
		Grid        grid         `json:"gridPos"`
		Datasource  *source      `json:"datasource,omitempty"`
		Targets     []target     `json:"targets,omitempty"`
		Field       *fieldConfig `json:"fieldConfig,omitempty"`
		Options     *options     `json:"options,omitempty"`
	}
	grid struct {
		H int `json:"h"`
		W int `json:"w"`
		X int `json:"x"`
		Y int `json:"y"`
	}
	target struct {
		RefID  string `json:"refId"`
		Expr   string `json:"expr"`
		Legend string `json:"legendFormat,omitempty"`
	}
	fieldConfig struct {
		Defaults  defaults `json:"defaults"`
		Overrides []string `json:"overrides"`
	}
	defaults struct {
		Unit       string      `json:"unit,omitempty"`
		Min        *float64    `json:"min,omitempty"`
		Thresholds *thresholds `json:"thresholds,omitempty"`
		Custom     *custom     `json:"custom,omitempty"`
	}
	thresholds struct {
		Mode  string `json:"mode"`
		Steps []step `json:"steps"`
	}
	step struct {
		Color string   `json:"color"`
		Value *float64 `json:"value"`
	}
	custom struct {
		FillOpacity int `json:"fillOpacity"`
		LineWidth   int `json:"lineWidth"`
	}
	options struct {
		Legend  *legend  `json:"legend,omitempty"`
		Tooltip *tooltip `json:"tooltip,omitempty"`
		Reduce  *reduce  `json:"reduceOptions,omitempty"`
	}
	legend struct {
		DisplayMode string `json:"displayMode"`
		Placement   string `json:"placement"`
	}
	tooltip struct {
		Mode string `json:"mode"`
		Sort string `json:"sort"`
	}
	reduce struct {
		Calcs []string `json:"calcs"`
	}
)

// prometheus is whatever data source is chosen at the top of the page.
var prometheus = &source{Type: "prometheus", UID: "${datasource}"}

// width and height of a graph; the page is 24 wide.
const (
	pageWidth   = 24
	graphWidth  = 8
	graphHeight = 8
	statWidth   = 4
	statHeight  = 4
)

// board lays the rows out.
func board(rows []row) dashboard {
	d := dashboard{
		UID: "holdfast", Title: "Holdfast", Tags: []string{"holdfast"}, SchemaVersion: 39, Editable: true,
		Description: "What a Holdfast does and how it stands. Made by deploy/dashboard; what each metric says is in docs/operations/metrics.md, what to do about alerts in docs/operations/alerts.md.",
		Refresh:     "30s", Timezone: "browser", Time: span{"now-6h", "now"},
		Templating: templating{[]variable{
			{Name: "datasource", Label: "Data source", Type: "datasource", Query: "prometheus"},
			{Name: "job", Label: "Job", Type: "query", Query: "label_values(holdfast_build_info, job)", Datasource: prometheus, Refresh: 2, Multi: true, IncludeAll: true, AllValue: ".*"},
			{Name: "instance", Label: "Instance", Type: "query", Query: `label_values(holdfast_build_info{job=~"$job"}, instance)`, Datasource: prometheus, Refresh: 2, Multi: true, IncludeAll: true, AllValue: ".*"},
		}},
	}
	y := 0
	for _, r := range rows {
		d.add(panel{Type: "row", Title: r.title, Grid: grid{H: 1, W: pageWidth, Y: y}})
		y++
		x, high := 0, 0
		for _, c := range r.charts {
			p := c.panel()
			if x+p.Grid.W > pageWidth {
				x, y, high = 0, y+high, 0
			}
			p.Grid.X, p.Grid.Y = x, y
			x, high = x+p.Grid.W, max(high, p.Grid.H)
			d.add(p)
		}
		y += high
	}
	return d
}

func (d *dashboard) add(p panel) {
	p.ID = len(d.Panels) + 1
	d.Panels = append(d.Panels, p)
}

// panel makes a chart a panel.
func (c chart) panel() panel {
	zero := 0.0
	p := panel{Type: "timeseries", Title: c.title, Description: c.says, Datasource: prometheus, Grid: grid{H: graphHeight, W: graphWidth}}
	field := defaults{Unit: c.unit, Min: &zero}
	if c.signed {
		field.Min = nil
	}
	if c.stat {
		p.Type, p.Grid = "stat", grid{H: statHeight, W: statWidth}
		p.Options = &options{Reduce: &reduce{[]string{"lastNotNull"}}}
		field.Thresholds = &thresholds{Mode: "absolute", Steps: []step{{Color: "green"}}}
		for i, at := range c.levels {
			field.Thresholds.Steps = append(field.Thresholds.Steps, step{Color: []string{"orange", "red"}[i], Value: &at})
		}
		if c.low {
			field.Thresholds.Steps = []step{{Color: "red"}, {Color: "green", Value: &c.levels[0]}}
		}
	} else {
		p.Options = &options{Legend: &legend{"table", "bottom"}, Tooltip: &tooltip{"multi", "desc"}}
		field.Custom = &custom{FillOpacity: 8, LineWidth: 1}
	}
	p.Field = &fieldConfig{Defaults: field, Overrides: []string{}}
	for i, q := range c.queries {
		p.Targets = append(p.Targets, target{RefID: string(rune('A' + i)), Expr: q.expr, Legend: q.legend})
	}
	return p
}
