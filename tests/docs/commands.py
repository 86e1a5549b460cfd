"""The commands that the documentation names, each with the step of `make test` (tests/steps.py) that runs it."""

# What is running right now.
THIS_RUN = ""

COMMANDS = {
    "make demo": "demo",
    "make demo-ui": "demo stays up until it is stopped",
    "make test": THIS_RUN,
    "pip install .": "python package installs by itself",
    "npm ci && npm run build": "node build",
    "npm install ../didit-client": "node tests",
    # examples/fastapi
    "pip install ../.. -r requirements.txt": "python package installs by itself",
    "uvicorn app:app --port 3000": "demo",
    # examples/express
    "(cd ../.. && npm ci && npm run build)": "node build",
    "npm ci": "examples are installed",
    "PORT=3000 npm start": "demo",
    # examples/django
    'export DATABASE_URL="postgresql://user:password@localhost:5432/database"': "django example",
    "sh start.sh": "django example",
    # examples/express-redis
    'export REDIS_URL="redis://127.0.0.1:6379/0"': "express and redis example",
    "npm start": "express and redis example",
    # all examples
    'export DIDIT_API_KEY="the API key of your application"': "demo",
    'export DIDIT_WORKFLOW_ID="the id of your workflow"': "demo",
    'export DIDIT_WEBHOOK_SECRET="the secret_shared_key of your webhook destination"': "demo",
    'export DIDIT_DEV="../../target/release/didit-dev"': "test of the FastAPI example",
    "pip install pytest": "python build",
    "pytest": "test of the FastAPI example",
    "npm test": "test of the Express example",
    # docs/didit-dev.md
    "make packages-dev": "didit-dev packages",
    "pip install .build/packages/didit_dev-*.whl": "didit-dev packages",
    "npm install ../didit-client/.build/packages/didit-dev-*.tgz": "didit-dev packages",
    "cargo run --release -p didit-dev -- serve": "didit-dev tests",
    # its quick start: tests/dev/test_quick_start.py
    "didit-dev serve --environment live": "helpers that start didit-dev",
    "pip install fastapi uvicorn": "python build",
    "uvicorn main:app --port 8000": "helpers that start didit-dev",
    'curl -sS "$DIDIT_BASE_URL/_dev/destinations" -d \'{"url": "http://127.0.0.1:8000/webhooks/didit"}\'': (
        "helpers that start didit-dev"
    ),
    "curl -sS -X POST http://127.0.0.1:8000/verify": "helpers that start didit-dev",
    "didit-dev trigger status.updated --to http://127.0.0.1:8000/webhooks/didit": "helpers that start didit-dev",
}
