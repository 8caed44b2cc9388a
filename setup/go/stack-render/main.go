// stack-render prints compose files, merged and interpolated by Docker's own loader: what
// `docker stack config -c a -c b` prints, on hosts whose docker client has no such command.
// Variables come from this process's environment only; no file is read for them.
//
//	stack-render [--project-directory dir] file...
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/docker/cli/cli/compose/loader"
	"github.com/docker/cli/cli/compose/schema"
	"github.com/docker/cli/cli/compose/types"
	"go.yaml.in/yaml/v3"
)

func main() {
	output, err := render(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Stdout.Write(output)
}

func render(args []string) ([]byte, error) {
	directory := ""
	if len(args) > 1 && args[0] == "--project-directory" {
		directory, args = args[1], args[2:]
	}
	if len(args) == 0 {
		return nil, errors.New("usage: stack-render [--project-directory dir] file...")
	}
	if directory == "" {
		directory = filepath.Dir(args[0]) // as the docker client does: the first file's folder
	}
	directory, err := filepath.Abs(directory)
	if err != nil {
		return nil, err
	}
	details := types.ConfigDetails{WorkingDir: directory, Environment: environment(os.Environ())}
	for _, name := range args {
		file, err := parse(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		details.ConfigFiles = append(details.ConfigFiles, file)
	}
	details.Version = schema.Version(details.ConfigFiles[0].Config)
	config, err := loader.Load(details)
	if err != nil {
		var forbidden *loader.ForbiddenPropertiesError
		if errors.As(err, &forbidden) {
			return nil, fmt.Errorf("unsupported options: %v", forbidden.Properties)
		}
		return nil, err
	}
	var buffer bytes.Buffer
	encoder := yaml.NewEncoder(&buffer)
	encoder.SetIndent(2)
	err = encoder.Encode(config)
	return buffer.Bytes(), err
}

func parse(name string) (types.ConfigFile, error) {
	content, err := os.ReadFile(name)
	if err != nil {
		return types.ConfigFile{}, err
	}
	config, err := loader.ParseYAML(content)
	return types.ConfigFile{Filename: name, Config: config}, err
}

func environment(list []string) map[string]string {
	result := make(map[string]string, len(list))
	for _, entry := range list {
		if name, value, ok := strings.Cut(entry, "="); ok {
			result[name] = value
		}
	}
	return result
}
