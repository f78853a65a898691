cd /tmp/recipe
