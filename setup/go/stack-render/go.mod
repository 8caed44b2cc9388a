module cc-ci/setup/stack-render

go 1.26
