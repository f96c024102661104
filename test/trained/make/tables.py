# Models of tables: scikit-learn on its own data sets, as skl2onnx exports them by default, and LightGBM and XGBoost as onnxmltools does.
# Caveat: trained on all rows; it is the agreement of the compiled model with onnxruntime that is measured, not how well it predicts.
import sys
import warnings

import numpy as np
from common import rows_of, write
from sklearn import datasets
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType

warnings.filterwarnings("ignore")
OPSETS = {"": 17, "ai.onnx.ml": 3}
TABLES = {
    "iris": datasets.load_iris,
    "wine": datasets.load_wine,
    "cancer": datasets.load_breast_cancer,
    "digits": datasets.load_digits,
    "diabetes": datasets.load_diabetes,
}
CLASSIFIERS = {
    "logistic": lambda: LogisticRegression(max_iter=2000),
    "svc": lambda: SVC(),
    "svc_probability": lambda: SVC(kernel="rbf", probability=True, random_state=0),
    "linear_svc": lambda: LinearSVC(max_iter=5000),
    "mlp": lambda: MLPClassifier(hidden_layer_sizes=(16,), max_iter=400, random_state=0),
    "tree": lambda: DecisionTreeClassifier(random_state=0),
    "forest": lambda: RandomForestClassifier(20, random_state=0),
    "extra_trees": lambda: ExtraTreesClassifier(10, random_state=0),
    "boosting": lambda: GradientBoostingClassifier(n_estimators=20, random_state=0),
    "knn": lambda: KNeighborsClassifier(3),
    "bayes": lambda: GaussianNB(),
    "lda": lambda: LinearDiscriminantAnalysis(),
}
REGRESSORS = {
    "linear": lambda: LinearRegression(),
    "ridge": lambda: Ridge(),
    "svr": lambda: SVR(),
    "mlp": lambda: MLPRegressor(hidden_layer_sizes=(16,), max_iter=600, random_state=0),
    "tree": lambda: DecisionTreeRegressor(max_depth=6, random_state=0),
    "forest": lambda: RandomForestRegressor(20, max_depth=6, random_state=0),
    "boosting": lambda: GradientBoostingRegressor(n_estimators=30, random_state=0),
    "knn": lambda: KNeighborsRegressor(3),
    "gaussian_process": lambda: GaussianProcessRegressor(alpha=0.1),
}
# scaled and not, where the model cares
SCALED = {"logistic", "svc", "mlp", "knn", "linear", "svr"}


# models that keep the rows they are trained on: fewer, because each costs a distance
KEEPS_ROWS = 60


def one(folder, name, model, data, target, source="scikit-learn"):
    rows = KEEPS_ROWS if name.endswith(("knn", "gaussian_process")) else len(data)
    kept = np.random.default_rng(1).permutation(len(data))[:rows]
    model.fit(data[kept], target[kept])
    exported = convert_sklearn(model, initial_types=[("X", FloatTensorType([None, data.shape[1]]))], target_opset=OPSETS)
    rows = rows_of(data, len(name))
    write(folder, name, exported.SerializeToString(), {"X": rows[:, None, :]}, source)


def boosted(folder, name, model, data, target, convert):
    from onnxmltools.convert.common.data_types import FloatTensorType as Floats

    model.fit(data, target)
    exported = convert(model, initial_types=[("X", Floats([None, data.shape[1]]))], target_opset=15)
    write(folder, name, exported.SerializeToString(), {"X": rows_of(data, len(name))[:, None, :]}, type(model).__module__.split(".")[0])


def main(folder):
    for table, load in TABLES.items():
        data, target = load(return_X_y=True)
        data = data.astype(np.float32)
        models = REGRESSORS if table == "diabetes" else CLASSIFIERS
        for kind, make in models.items():
            if table == "digits" and kind in ("knn", "svc_probability", "extra_trees"):
                continue  # more than a minute each, and like the others
            one(folder, f"{table}_{kind}", make(), data, target)
            if kind in SCALED:
                one(folder, f"{table}_scaled_{kind}", make_pipeline(StandardScaler(), make()), data, target)
    data, target = datasets.load_wine(return_X_y=True)
    one(folder, "wine_minmax_logistic", make_pipeline(MinMaxScaler(), LogisticRegression(max_iter=500)), data.astype(np.float32), target)
    one(folder, "wine_imputed_forest", make_pipeline(SimpleImputer(), RandomForestClassifier(10, random_state=0)), data.astype(np.float32), target)

    import lightgbm
    import xgboost
    from onnxmltools import convert_lightgbm, convert_xgboost

    for table in ("iris", "cancer"):
        data, target = TABLES[table](return_X_y=True)
        data = data.astype(np.float32)
        boosted(folder, f"{table}_lightgbm", lightgbm.LGBMClassifier(n_estimators=20, verbose=-1, random_state=0), data, target, convert_lightgbm)
        boosted(folder, f"{table}_xgboost", xgboost.XGBClassifier(n_estimators=20, max_depth=4, random_state=0), data, target, convert_xgboost)
    data, target = datasets.load_diabetes(return_X_y=True)
    data = data.astype(np.float32)
    boosted(folder, "diabetes_lightgbm", lightgbm.LGBMRegressor(n_estimators=20, verbose=-1, random_state=0), data, target, convert_lightgbm)
    boosted(folder, "diabetes_xgboost", xgboost.XGBRegressor(n_estimators=20, max_depth=4, random_state=0), data, target, convert_xgboost)


main(sys.argv[1])
