package hwdef

import (
	"encoding/csv"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"armillary.dev/device/jsonc"
	"armillary.dev/internal/testenv"
)

// nothing is a file system without files.
func nothing(string) (*Definition, error) { return nil, fs.ErrNotExist }

func TestBoards(t *testing.T) {
	want := []string{"ailink_wfm620rsc1.json", "avnet_aesms_mt3620.json", "avnet_aesms_mt3620_rev2.json", "avnet_mt3620_sk.json",
		"avnet_mt3620_sk_rev2.json", "mt3620_rdb.json", "seeed_mt3620_mdb.json", "usi_mt3620_bt_combo.json", "usi_mt3620_bt_evb.json"}
	if got := Boards(); !slices.Equal(got, want) { // facts/manifest.md 2.2
		t.Errorf("%v", got)
	}
	if Board(ChipFile) != Chip() || Board("acme.json") != nil {
		t.Error("the chip is not the chip, or there is a board that nobody knows")
	}
	for _, file := range Boards() {
		s, err := Load("some/folder/"+file, nothing, nil)
		if err != nil || !s.Complete() || s.Target != Board(file) {
			t.Fatalf("%s: %v", file, err)
		}
		for _, p := range s.Target.Peripherals {
			r := s.Resolve(p.Name)
			leaf := r.Chain[len(r.Chain)-1]
			if r.Status != Resolved || leaf.Type != p.Type || leaf.File != Chip() || p.Comment != leaf.Comment || p.Comment == "" {
				t.Errorf("%s: %s: %+v, comment %q", file, p.Name, r, p.Comment)
			}
			// Names that hold a GPIO's number mean it.
			if _, n, ok := strings.Cut(p.Name, "_GPIO"); ok && n != "" && r.Value.Text != n {
				t.Errorf("%s: %s is GPIO %s", file, p.Name, r.Value.Text)
			}
			if s.Resolve(p.Mapping).Chain[0].File != s.Files[1] {
				t.Errorf("%s: %s maps past the import", file, p.Name)
			}
		}
	}
	for _, tt := range []struct {
		board, name, typ string
		value            Value
	}{
		{"mt3620_rdb.json", "MT3620_RDB_LED1_RED", Gpio, num(8)},
		{"mt3620_rdb.json", "MT3620_RDB_LED_PWM_CONTROLLER2", Pwm, name("PWM-CONTROLLER-2")},
		{"seeed_mt3620_mdb.json", "SEEED_MT3620_MDB_USER_LED", Gpio, num(7)},
		{"avnet_mt3620_sk.json", "AVNET_MT3620_SK_WLAN_STATUS_LED_YELLOW", Gpio, num(5)},
		{"avnet_mt3620_sk_rev2.json", "AVNET_MT3620_SK_WLAN_STATUS_LED_YELLOW", Gpio, num(0)}, // the LED moved
		{"avnet_mt3620_sk_rev2.json", "AVNET_MT3620_SK_ISU2_UART_CONFIGURABLE_GROVE", Uart, name("ISU2")},
		{"usi_mt3620_bt_evb.json", "MT3620_ISU4_SPI", SpiMaster, name("ISU4")},
	} {
		s, _ := Load(tt.board, nothing, nil)
		if r := s.Resolve(tt.name); r.Status != Resolved || r.Type != tt.typ || r.Value != tt.value {
			t.Errorf("%s: %s: %+v", tt.board, tt.name, r)
		}
	}
	// A file wins over the program, from a folder as from the search path, for a target as for an import.
	mine := Read("sdk/mt3620_rdb.json", jsonc.ParseString(`{"Imports":[{"Path":"mt3620.json"}],"Peripherals":[{"Name":"MINE","Type":"Gpio","Mapping":"MT3620_GPIO1"}]}`))
	app := Read("app/a.json", jsonc.ParseString(`{"Imports":[{"Path":"../mt3620_rdb/mt3620_rdb.json"}, {"Path":"avnet_mt3620_sk.json"}],"Peripherals":[]}`))
	open := func(p string) (*Definition, error) {
		switch p {
		case "app/a.json":
			return app, nil
		case "sdk/mt3620_rdb.json", "mt3620_rdb/mt3620_rdb.json":
			return mine, nil
		}
		return nil, fs.ErrNotExist
	}
	s, err := Load("app/a.json", open, nil)
	if err != nil || !s.Complete() || s.Files[1] != mine || !s.Has("AVNET_AESMS_PIN5_GPIO0") || s.Has("MT3620_RDB_LED1_RED") || len(s.Files) != 5 {
		t.Errorf("%v, %d files", err, len(s.Files))
	}
}

// localNames are what the owners of copies added to a board's definition; no SDK has them.
var localNames = []string{
	"AILINK_WFM620RSC1_PIN17_GPIO45", "AILINK_WFM620RSC1_PIN18_GPIO46", "AILINK_WFM620RSC1_PIN19_GPIO47", "AILINK_WFM620RSC1_PIN23_GPIO23",
	"AILINK_WFM620RSC1_ISU3_I2C", "AVNET_AESMS_ISU4_UART", "AVNET_AESMS_ISU_UART_USB", "AVNET_AESMS_ADC_CHANNEL1",
}

// What copies of the SDK's definitions in public repositories say about a board is what the tables say.
func TestBoardsAgainstCorpus(t *testing.T) {
	dir := filepath.Join(testenv.Shared(t), "corpus")
	index, err := os.Open(filepath.Join(dir, "index.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer index.Close()
	r := csv.NewReader(index)
	r.Comma = '\t'
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	copies := 0
	for _, row := range rows[1:] {
		board := Board(filepath.Base(row[2]))
		if !strings.HasPrefix(row[0], "hwdef/") || board == nil || board == Chip() {
			continue
		}
		src, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(row[0])))
		if err != nil {
			t.Fatal(err)
		}
		copies++
		has := map[string]*Peripheral{}
		for _, p := range board.Peripherals {
			has[p.Name] = p
		}
		for _, p := range Read(row[0], jsonc.Parse(src)).Peripherals {
			if q := has[p.Name]; q == nil && !slices.Contains(localNames, p.Name) || q != nil && (q.Type != p.Type || q.Mapping != p.Mapping) {
				t.Errorf("%s: %s is %s %s; the table has %+v", row[0], p.Name, p.Type, p.Mapping, q)
			}
		}
	}
	if copies < 17 {
		t.Errorf("only %d copies compared", copies)
	}
}

// Every definition of the official samples resolves without an SDK.
func TestSamplesResolve(t *testing.T) {
	root := testenv.NeedEnv(t, "ARMILLARY_SAMPLES", "set it to a checkout of Azure/azure-sphere-samples")
	open := func(p string) (*Definition, error) {
		src, err := os.ReadFile(p)
		if err != nil {
			return nil, err
		}
		return Read(p, jsonc.Parse(src)), nil
	}
	n := 0
	err := filepath.WalkDir(root, func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(p) != ".json" || !strings.Contains(filepath.ToSlash(p), "/HardwareDefinitions/") {
			return err
		}
		s, err := Load(filepath.ToSlash(p), open, nil)
		if err != nil {
			return err
		}
		n++
		for _, q := range s.Target.Peripherals {
			if r := s.Resolve(q.Name); !s.Complete() || r.Status != Resolved && r.Status != Constant {
				t.Errorf("%s: %s: %+v", p, q.Name, r)
			}
		}
		return nil
	})
	if err != nil || n < 8 {
		t.Errorf("%d definitions, %v", n, err)
	}
}

func TestChoose(t *testing.T) {
	fsys := fstest.MapFS{"ws/mt3620_rdb.json": {}, "ws/own.json": {}, "ws/avnet_mt3620_sk/own.json": {}}
	for _, tt := range []struct{ file, given, want string }{
		{"ws/own.json", "own.json", "ws/own.json"},
		{"ws/none.json", "none.json", "ws/none.json"},
		{"ws/mt3620_rdb.json", "mt3620_rdb.json", "ws/mt3620_rdb.json"},
		{"ws/mt3620_rdb", "mt3620_rdb", "mt3620_rdb.json"},
		{"ws/avnet_mt3620_sk", "avnet_mt3620_sk", "avnet_mt3620_sk.json"}, // a folder is no definition
		{"ws/avnet_mt3620_sk.json", "avnet_mt3620_sk.json", "avnet_mt3620_sk.json"},
		{"ws/hw/mt3620_rdb.json", "hw/mt3620_rdb.json", "ws/hw/mt3620_rdb.json"}, // a file that is not there
	} {
		if got := Choose(fsys, tt.file, tt.given); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.given, got, tt.want)
		}
	}
}

// A definition that is written and read again is what it was, and its header is that of the table.
func TestText(t *testing.T) {
	for _, file := range append(Boards(), ChipFile) {
		board := Board(file)
		tree := jsonc.ParseString(Text(board))
		d := Read(file, tree)
		if len(tree.Errors) > 0 || !Is(tree) || Header(d) != Header(board) || d.Name != board.Name || len(d.Peripherals) != len(board.Peripherals) {
			t.Fatalf("%s: %v\n%s", file, tree.Errors, tree.Src)
		}
		for i, p := range d.Peripherals {
			q := *board.Peripherals[i]
			q.File, q.Node = d, p.Node
			if *p != q {
				t.Errorf("%s: %+v, was %+v", file, p, q)
			}
		}
	}
}
